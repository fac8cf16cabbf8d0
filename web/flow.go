package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"presszero/report"
)

// Flow is the flow that calls are led through, and its history.
type Flow interface {
	// Now tells what is served. It answers from memory.
	Now(ctx context.Context) (FlowNow, error)
	// Picture draws what is served, as SVG.
	Picture(ctx context.Context) ([]byte, error)
	// Check reads a flow file and tells what is wrong with it. Only a file
	// that cannot be told about at all is an error.
	Check(ctx context.Context, text []byte) (FlowCheck, error)
	// Publish serves a flow from now on, to calls that come from now on, if
	// what is served is still present; else ErrChanged. A flow that must not
	// be served changes nothing, and its check says so.
	Publish(ctx context.Context, text []byte, present, by string) (FlowCheck, error)
	// Versions lists what was served, the newest first.
	Versions(ctx context.Context) ([]report.FlowVersion, error)
	// Text returns the file of a version. ErrNotFound.
	Text(ctx context.Context, version string) ([]byte, error)
}

// FlowNow is the flow that is served.
type FlowNow struct {
	report.FlowVersion
	Profiles []string  `json:"profiles"` // that it promises to keep
	Warnings []Finding `json:"warnings"`
	// Alarm is why a newer file is not served; "": there is none.
	Alarm string `json:"alarm,omitempty"`
}

// FlowCheck is what the checker says about a file.
type FlowCheck struct {
	Version  string    `json:"version"` // that it would be, or is; "" when it cannot be served
	Refused  bool      `json:"refused"` // it must not be served
	Findings []Finding `json:"findings"`
}

// Finding is one thing wrong with a flow file.
type Finding struct {
	File     string `json:"file"`
	Line     int    `json:"line"` // from 1; 0: the file as a whole
	Column   int    `json:"column"`
	Severity string `json:"severity"` // error, warning
	Code     string `json:"code"`
	What     string `json:"what"`
}

// maxFlow is the size of a flow file; the checker takes no larger one.
const maxFlow = 1 << 20

// flowNow tells what is served, and with its version how to replace it.
func (s *Server) flowNow(w http.ResponseWriter, r *http.Request) error {
	if s.Flow == nil {
		return errNotConfigured
	}
	now, err := s.Flow.Now(r.Context())
	if err != nil {
		return err
	}
	now.Profiles = append([]string{}, now.Profiles...)
	now.Warnings = append([]Finding{}, now.Warnings...)
	w.Header().Set("ETag", quoted(now.Version))
	writeJSON(w, http.StatusOK, now)
	return nil
}

// flowPicture draws what is served. Opened by itself the picture can run
// nothing and load nothing, whatever a flow's texts have in them.
func (s *Server) flowPicture(w http.ResponseWriter, r *http.Request) error {
	if s.Flow == nil {
		return errNotConfigured
	}
	svg, err := s.Flow.Picture(r.Context())
	if err != nil {
		return err
	}
	f := newFile("flow.svg", svg)
	f.kind = "image/svg+xml"
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'")
	f.serve(w, r)
	return nil
}

// checkFlow tells what is wrong with a file, and changes nothing.
func (s *Server) checkFlow(w http.ResponseWriter, r *http.Request) error {
	text, err := s.readFlow(w, r)
	if err != nil {
		return err
	}
	check, err := s.Flow.Check(r.Context(), text)
	if err != nil {
		return err
	}
	check.Findings = append([]Finding{}, check.Findings...)
	writeJSON(w, http.StatusOK, check)
	return nil
}

// publishFlow serves a file from now on. If-Match names the version that it
// replaces, so that nobody undoes what somebody else has just published.
func (s *Server) publishFlow(w http.ResponseWriter, r *http.Request) error {
	text, err := s.readFlow(w, r)
	if err != nil {
		return err
	}
	present := strings.Trim(strings.TrimPrefix(r.Header.Get("If-Match"), "W/"), `"`)
	if present == "" {
		return refuse(http.StatusPreconditionRequired, "Say with If-Match which version this replaces; GET /api/v1/flow tells the present one.")
	}
	by := userOf(r).Name
	check, err := s.Flow.Publish(r.Context(), text, present, by)
	if errors.Is(err, ErrChanged) {
		return refuse(http.StatusPreconditionFailed, "Another version was published meanwhile; look at it first.")
	}
	if err != nil {
		return err
	}
	check.Findings = append([]Finding{}, check.Findings...)
	if check.Refused {
		writeJSON(w, http.StatusUnprocessableEntity, struct {
			Error string `json:"error"`
			FlowCheck
		}{"This flow must not be served; nothing has changed.", check})
		return nil
	}
	s.log.Info("flow published", "by", by, "version", check.Version, "before", present)
	noteAct(r, "version", check.Version)
	noteAct(r, "before", present)
	w.Header().Set("ETag", quoted(check.Version))
	writeJSON(w, http.StatusOK, check)
	return nil
}

// readFlow reads the file that a request consists of, as it is.
func (s *Server) readFlow(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if s.Flow == nil {
		return nil, errNotConfigured
	}
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

// flowVersions lists what was served.
func (s *Server) flowVersions(w http.ResponseWriter, r *http.Request) error {
	if s.Flow == nil {
		return errNotConfigured
	}
	list, err := s.Flow.Versions(r.Context())
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"versions": append([]report.FlowVersion{}, list...)})
	return nil
}

// flowText is the file of a version.
func (s *Server) flowText(w http.ResponseWriter, r *http.Request) error {
	if s.Flow == nil {
		return errNotConfigured
	}
	version := r.PathValue("version")
	text, err := s.Flow.Text(r.Context(), version)
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
