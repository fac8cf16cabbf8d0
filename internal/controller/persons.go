package controller

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"presszero/internal/person"
	"presszero/internal/settings"
	"presszero/recordings"
	"presszero/recordings/archive"
	"presszero/recordings/finish"
	"presszero/report"
	"presszero/sql"
	"presszero/web"
)

// NewKeeper returns all that keeps something of persons in the state folder and the
// database, for the pages and the commands. It makes the erasure list.
func NewKeeper(s settings.Settings, db *sql.DB) (person.Keeper, error) {
	talks, err := OpenArchive(s, "talks")
	if err != nil {
		return person.Keeper{}, err
	}
	messages, err := OpenArchive(s, "messages")
	if err != nil {
		return person.Keeper{}, err
	}
	return keeperOf(s, db, talks, recordings.Messages{Archive: messages, Plain: s.Path("messages")})
}

func keeperOf(s settings.Settings, db *sql.DB, talks *archive.Archive, messages recordings.Messages) (person.Keeper, error) {
	list, err := person.OpenList(s.Path("erased"))
	if err != nil {
		return person.Keeper{}, err
	}
	book, _, err := s.GoodBook()
	if err != nil {
		return person.Keeper{}, err
	}
	return person.Keeper{DB: db, StateDir: s.StateDir, Read: s.NumberReader(book), List: list, Recordings: talkStore{talks, s.Path("spool", "talks"), s.Recordings}, Messages: messageStore{messages}}, nil
}

// messageStore and talkStore are what has been said, for persons.
type (
	messageStore struct{ recordings.Messages }
	talkStore    struct {
		*archive.Archive
		captured string // the folder of talks that are not in it yet
		recorded string // the one of those that Asterisk records
	}
)

// Remove implements person.Store, also for a talk that is not in the archive yet.
func (t talkStore) Remove(ctx context.Context, id string) error {
	return finish.Remove(ctx, t.Archive, t.captured, t.recorded, id)
}

// Sound implements person.Store.
func (m messageStore) Sound(ctx context.Context, id string) (io.ReadCloser, string, error) {
	sound, _, err := m.Open(ctx, id)
	return sound, ".wav", err
}

// Sound implements person.Store.
func (t talkStore) Sound(ctx context.Context, id string) (io.ReadCloser, string, error) {
	sound, err := t.Open(ctx, id)
	return sound, "." + sound.Entry.Format, err
}

// cancelPath is where the controller is asked, at its socket, to cancel a callback.
const cancelPath = "/callbacks/"

// CancelOver returns a way to cancel callbacks of the controller that runs in the state
// folder; nil: none runs.
func CancelOver(s settings.Settings) func(ctx context.Context, id, by string) error {
	socket := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", s.HealthSocket())
	}
	if c, err := socket(context.Background(), "", ""); err != nil {
		return nil
	} else {
		_ = c.Close()
	}
	client := &http.Client{Transport: &http.Transport{DialContext: socket}}
	return func(ctx context.Context, id, by string) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodDelete, "http://controller"+cancelPath+url.PathEscape(id)+"?by="+url.QueryEscape(by), nil)
		if err != nil {
			return err
		}
		resp, err := client.Do(r)
		if err != nil {
			return fmt.Errorf("the program does not answer: %w", err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusNoContent && resp.StatusCode != http.StatusNotFound { // over meanwhile
			said, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
			return errors.New(string(said))
		}
		return nil
	}
}

// atSocket adds to the health of the controller what the commands ask for at its socket,
// which only the program's own user reaches.
func atSocket(health http.Handler, c web.Callbacks) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", health)
	mux.HandleFunc("DELETE "+cancelPath+"{id}", func(w http.ResponseWriter, r *http.Request) {
		switch err := c.Cancel(r.Context(), r.PathValue("id"), r.URL.Query().Get("by")); {
		case errors.Is(err, web.ErrNotFound):
			w.WriteHeader(http.StatusNotFound)
		case errors.Is(err, web.ErrChanged):
			http.Error(w, "it is being made right now", http.StatusConflict)
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	})
	return mux
}

// persons shows and forgets persons, for the pages.
type persons struct{ c *Controller }

func (p persons) keeper() person.Keeper {
	k := p.c.keeper
	k.Cancel = callbacks{p.c.runner, p.c.line}.Cancel
	return k
}

// FindPerson implements web.Persons.
func (p persons) FindPerson(ctx context.Context, numbers []string) (report.Person, error) {
	is, err := p.keeper().Find(ctx, numbers...)
	return personOf(is), unfit(err)
}

// ExportPerson implements web.Persons.
func (p persons) ExportPerson(ctx context.Context, to io.Writer, numbers []string) (report.Person, error) {
	is, err := p.keeper().Export(ctx, to, numbers...)
	return personOf(is), unfit(err)
}

// ForgetPerson implements web.Persons.
func (p persons) ForgetPerson(ctx context.Context, numbers []string, by, why string) (report.Forgetting, error) {
	if _, err := person.NewWritings(p.c.keeper.Read, numbers...); err != nil {
		return report.Forgetting{}, unfit(err)
	}
	return p.c.forgetting.begin(ctx, forgetOrder{Numbers: numbers, By: by, Why: why, At: time.Now()})
}

// Forgetting implements web.Persons.
func (p persons) Forgetting(context.Context) (*report.Forgetting, error) {
	if is, ok := p.c.forgetting.last(); ok {
		return &is, nil
	}
	return nil, nil
}

// unfit makes what an admin can do something about a sentence for the page.
func unfit(err error) error {
	for _, known := range []error{person.ErrHeld, person.ErrUp, person.ErrCallback, person.ErrNumber, web.ErrChanged} {
		if errors.Is(err, known) {
			return web.Unfit("The person is not found or forgotten: " + err.Error() + ".")
		}
	}
	return err
}

func personOf(is person.Kept) report.Person {
	return report.Person{Numbers: append([]string{}, is.Numbers...), Names: append([]string{}, is.Names...), Calls: is.Calls, Outgoing: is.Outgoing, Callbacks: is.Callbacks, Notes: is.Notes,
		Messages: len(is.Known.Messages), Recordings: len(is.Known.Recordings), Open: len(is.Open), Holds: append([]report.Hold{}, is.Holds...), Held: append([]string{}, is.Held...)}
}
