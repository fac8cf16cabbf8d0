package web

import (
	"crypto/sha256"
	"embed"

	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
)

//go:embed all:dist
var dist embed.FS

//go:embed openapi.yaml
var openAPI []byte

// site is the built front end: one HTML file for all pages, and its assets.
type site struct {
	files map[string]file
	// absent are the addresses of pages that have nothing to show here. They are
	// not there, which the script says in words.
	absent map[string]bool
}

type file struct {
	body []byte
	kind string
	etag string
}

// loadSite reads what is embedded. A front end that has not been built is no
// error here: the API works without it, and the pages say what to do.
func loadSite() (*site, error) {
	s := &site{files: map[string]file{}}
	entries, err := fs.ReadDir(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("web: the embedded pages: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() || e.Name()[0] == '.' {
			continue
		}
		body, err := fs.ReadFile(dist, path.Join("dist", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("web: the embedded pages: %w", err)
		}
		s.files[e.Name()] = newFile(e.Name(), body)
	}
	return s, nil
}

func newFile(name string, body []byte) file {
	return file{body: body, kind: mime.TypeByExtension(path.Ext(name)), etag: fmt.Sprintf(`"%x"`, sha256.Sum256(body))[:18] + `"`}
}

// redirectHome sends everybody to the page of her role.
func (s *site) redirectHome(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, homeOf(userOf(r)), http.StatusSeeOther)
	return nil
}

// servePage serves the one HTML file; its script shows what belongs to the address.
func (s *site) servePage(w http.ResponseWriter, r *http.Request) error {
	f, ok := s.files["index.html"]
	if !ok {
		http.Error(w, "The pages have not been built into this program: run make build.", http.StatusServiceUnavailable)
		return nil
	}
	if s.absent[r.URL.Path] {
		w.Header().Set("Content-Type", f.kind)
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write(f.body)
		return nil
	}
	f.serve(w, r)
	return nil
}

// asset serves a file that the pages load.
func (s *site) asset(w http.ResponseWriter, r *http.Request) error {
	f, ok := s.files[r.PathValue("file")]
	if !ok {
		return ErrNotFound
	}
	f.serve(w, r)
	return nil
}

// description serves the description of the API.
func (s *site) description(w http.ResponseWriter, r *http.Request) error {
	f := newFile("openapi.yaml", openAPI)
	f.kind = "application/yaml"
	f.serve(w, r)
	return nil
}

// serve writes the file, or that the browser has it already. Browsers ask each
// time, so a new version is seen at once.
func (f file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", f.etag)
	if r.Header.Get("If-None-Match") == f.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(f.body)))
	_, _ = w.Write(f.body)
}
