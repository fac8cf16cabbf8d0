package person

import (
	"archive/zip"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"time"

	"presszero/sql"
)

//go:embed index.html
var indexFile embed.FS

var index = template.Must(template.New("index.html").Funcs(template.FuncMap{
	"words": inWords, "moment": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") },
}).ParseFS(indexFile, "index.html"))

// contents is what index.html and person.json are made of.
type contents struct {
	Made    time.Time    `json:"made_at"`
	Numbers []string     `json:"numbers"`
	Names   []string     `json:"names"`
	Books   []sql.BookOf `json:"books"`
	Notes   []sql.NoteOf `json:"notes"`
	Sounds  []sound      `json:"sounds"`
	Holds   int          `json:"holds"`
}

// sound is a message or a recording in the zip.
type sound struct {
	ID   string `json:"id"`
	Kind string `json:"kind"` // message, recording
	File string `json:"file"` // "": it is kept no more
}

// Export writes all that is kept of a person as one zip, for the person: index.html to read,
// person.json for programs, and what was said. It returns what was found.
func (k Keeper) Export(ctx context.Context, to io.Writer, numbers ...string) (is Kept, err error) {
	if is, err = k.Find(ctx, numbers...); err != nil {
		return is, err
	}
	c := contents{Made: time.Now(), Numbers: is.Numbers, Names: is.Names, Holds: len(is.Holds)}
	if c.Books, c.Notes, err = k.DB.Export(ctx, is.Known); err != nil {
		return is, err
	}
	z := zip.NewWriter(to)
	for _, of := range k.sounds(is) {
		for _, id := range of.ids {
			s := sound{ID: id, Kind: of.kind}
			if s.File, err = add(ctx, z, of.kind, id, of.store); err != nil {
				return is, fmt.Errorf("the %s %s: %w", of.kind, id, err)
			}
			c.Sounds = append(c.Sounds, s)
		}
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return is, err
	}
	page, err := z.Create("index.html")
	if err == nil {
		err = index.Execute(page, c)
	}
	if err != nil {
		return is, err
	}
	file, err := z.Create("person.json")
	if err == nil {
		_, err = file.Write(text)
	}
	return is, errors.Join(err, z.Close())
}

// add copies a sound into the zip and returns its name there; "": it is kept no more.
func add(ctx context.Context, z *zip.Writer, kind, id string, from Store) (string, error) {
	content, ending, err := from.Sound(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer content.Close()
	name := kind + "s/" + id + ending
	w, err := z.Create(name)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(w, content)
	return name, err
}
