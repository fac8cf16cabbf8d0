package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"presszero/internal/yamlfile"
	"presszero/report"
)

// Flow is the flow that calls are led through, and its history.
type Flow interface {
	// Now tells the flow that is served. It answers from memory.
	Now(ctx context.Context) (FlowNow, error)
	// Picture draws the flow that is served, as SVG, with the figures of its nodes;
	// none: without. The program's words in it are in the language of the page, or
	// English.
	Picture(ctx context.Context, nodes []report.MenuNode, language string) ([]byte, error)
	// Check reads a flow file and tells what is wrong with it. Only a file
	// that cannot be told about at all is an error.
	Check(ctx context.Context, text []byte) (FlowCheck, error)
	// Publish serves a flow from now on, to calls that come from now on, if
	// what is served is still present; else ErrChanged. A flow that must not
	// be served changes nothing, and its check says so.
	Publish(ctx context.Context, text []byte, present, by string) (FlowCheck, error)
	// Versions lists the flows that were served, the newest first.
	Versions(ctx context.Context) ([]report.FlowVersion, error)
	// Text returns the file of a version. ErrNotFound.
	Text(ctx context.Context, version string) ([]byte, error)
}

// FlowNow is the flow that is served.
type FlowNow struct {
	report.FlowVersion
	Profiles []string          `json:"profiles"` // that it promises to keep
	Warnings yamlfile.Findings `json:"warnings"`
	// Alarm is why a newer file is not served; "": there is none.
	Alarm string `json:"alarm,omitempty"`
}

// FlowCheck is what the checker says about a file.
type FlowCheck struct {
	Version  string            `json:"version"` // that it would be, or is; "" when it cannot be served
	Refused  bool              `json:"refused"` // it must not be served
	Findings yamlfile.Findings `json:"findings"`
}

// maxFlow is the size of a flow file; the checker takes no larger one.
const maxFlow = 1 << 20

// flowHandlers show, check and publish the flow.
type flowHandlers struct {
	flow    Flow
	reports *reportHandlers
	log     *slog.Logger
}

// inForce tells the flow that is served. The version in its ETag is needed to
// replace it.
func (h *flowHandlers) inForce(w http.ResponseWriter, r *http.Request) error {
	now, err := h.flow.Now(r.Context())
	if err != nil {
		return err
	}
	now.Profiles = append([]string{}, now.Profiles...)
	now.Warnings = append(yamlfile.Findings{}, now.Warnings...)
	w.Header().Set("ETag", quoted(now.Version))
	writeJSON(w, http.StatusOK, now)
	return nil
}

// picture draws the flow that is served, with the figures of a period if one is
// asked for. Opened by itself the picture can run nothing and load nothing, whatever
// a flow's texts have in them.
func (h *flowHandlers) picture(w http.ResponseWriter, r *http.Request) error {
	var nodes []report.MenuNode
	if q := r.URL.Query(); q.Has("day") || q.Has("from") {
		p, err := h.reports.period(r)
		if err != nil {
			return err
		}
		if nodes, err = h.reports.reports.MenuNodes(r.Context(), p); err != nil {
			return err
		}
	}
	svg, err := h.flow.Picture(r.Context(), nodes, r.URL.Query().Get("language"))
	if err != nil {
		return err
	}
	f := newFile("flow.svg", svg)
	f.kind = "image/svg+xml"
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'")
	f.serve(w, r)
	return nil
}

// check tells what is wrong with a file, and changes nothing.
func (h *flowHandlers) check(w http.ResponseWriter, r *http.Request) error {
	text, err := h.readFile(w, r)
	if err != nil {
		return err
	}
	check, err := h.flow.Check(r.Context(), text)
	if err != nil {
		return err
	}
	check.Findings = append(yamlfile.Findings{}, check.Findings...)
	writeJSON(w, http.StatusOK, check)
	return nil
}

// publish serves a file from now on. If-Match names the version that it
// replaces, so that nobody undoes what somebody else has just published.
func (h *flowHandlers) publish(w http.ResponseWriter, r *http.Request) error {
	text, err := h.readFile(w, r)
	if err != nil {
		return err
	}
	present := strings.Trim(strings.TrimPrefix(r.Header.Get("If-Match"), "W/"), `"`)
	if present == "" {
		return refuse(http.StatusPreconditionRequired, "Say with If-Match which version this replaces; GET /api/v1/flow tells the present one.")
	}
	by := userOf(r).Name
	check, err := h.flow.Publish(r.Context(), text, present, by)
	if errors.Is(err, ErrChanged) {
		return refuse(http.StatusPreconditionFailed, "Another version was published meanwhile; look at it first.")
	}
	if err != nil {
		return err
	}
	check.Findings = append(yamlfile.Findings{}, check.Findings...)
	if check.Refused {
		writeJSON(w, http.StatusUnprocessableEntity, struct {
			Error string `json:"error"`
			FlowCheck
		}{"This flow must not be served; nothing has changed.", check})
		return nil
	}
	h.log.Info("flow published", "by", by, "version", check.Version, "before", present)
	noteAct(r, "version", check.Version)
	noteAct(r, "before", present)
	w.Header().Set("ETag", quoted(check.Version))
	writeJSON(w, http.StatusOK, check)
	return nil
}

// readFile reads the file that a request consists of, as it is.
func (h *flowHandlers) readFile(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxFlow))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "A flow file has at most %d bytes; is this the right file?", maxFlow)
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "The file did not arrive whole; please send it again.")
	}
	return text, nil
}

// versions lists the flows that were served.
func (h *flowHandlers) versions(w http.ResponseWriter, r *http.Request) error {
	list, err := h.flow.Versions(r.Context())
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"versions": append([]report.FlowVersion{}, list...)})
	return nil
}

// versionText is the file of a version.
func (h *flowHandlers) versionText(w http.ResponseWriter, r *http.Request) error {
	version := r.PathValue("version")
	text, err := h.flow.Text(r.Context(), version)
	if errors.Is(err, ErrNotFound) {
		return refuse(http.StatusNotFound, "There is no version %s of the flow.", version)
	}
	if err != nil {
		return err
	}
	f := newFile("flow.yaml", text)
	f.kind = "application/yaml"
	f.serve(w, r)
	return nil
}

func quoted(version string) string { return `"` + version + `"` }
