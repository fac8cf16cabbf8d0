package controller

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"time"

	"presszero/call"
	"presszero/call/number"
	"presszero/internal/pcmwav"
	"presszero/recordings/archive"
	"presszero/report"
	"presszero/sql"
	"presszero/web"
)

// recorded are the recordings of talks as the pages find and hear them.
type recorded struct {
	db        *sql.DB
	numbers   number.Reader
	archive   *archive.Archive
	plan      func() call.RecordingPlan // of the flow in force
	queues    func() []string           // that it has
	downloads []string                  // the roles that may download
}

// recordingPlan is what the flow in force says of recording.
func (c *Controller) recordingPlan() call.RecordingPlan {
	plan := c.flows.current().flow.RecordingPlan(c.number.One)
	plan.Country = c.flows.menus.Country
	return plan
}

// queueNames are the queues of the flow in force.
func (c *Controller) queueNames() (names []string) {
	for _, q := range c.flows.current().flow.Queues {
		names = append(names, q.Name)
	}
	return names
}

// Recordings implements web.Recordings. A whole number is found in every writing.
func (r recorded) Recordings(ctx context.Context, f report.RecordingFilter) ([]report.Recording, error) {
	for _, typed := range slices.Clone(f.Numbers) {
		if e164, ok := r.numbers.E164(typed); ok {
			f.Numbers = append(f.Numbers, e164)
		}
	}
	return r.db.Recordings(ctx, f)
}

// Recording implements web.Recordings.
func (r recorded) Recording(ctx context.Context, id string) (report.Recording, error) {
	rec, err := r.db.Recording(ctx, id)
	if errors.Is(err, sql.ErrNoRecording) {
		err = web.ErrNotFound
	}
	return rec, err
}

// Comments implements web.Recordings.
func (r recorded) Comments(ctx context.Context, id string) ([]report.RecordingComment, error) {
	return r.db.RecordingComments(ctx, id)
}

// Comment implements web.Recordings.
func (r recorded) Comment(ctx context.Context, id string, c report.RecordingComment) (report.RecordingComment, error) {
	return r.db.CommentRecording(ctx, id, c)
}

// Plays implements web.Recordings.
func (r recorded) Plays(ctx context.Context, id string, limit int) ([]report.RecordingPlay, error) {
	return r.db.RecordingPlays(ctx, id, limit)
}

// Play implements web.Recordings.
func (r recorded) Play(ctx context.Context, id string, p report.RecordingPlay) error {
	return r.db.PlayRecording(ctx, id, p)
}

// Heard implements web.Recordings.
func (r recorded) Heard(ctx context.Context, play, by string, fromS, toS float64) error {
	return r.db.HeardRecording(ctx, play, by, fromS, toS)
}

// Sound implements web.Recordings.
func (r recorded) Sound(ctx context.Context, id string, wav bool) (web.Audio, error) {
	sound, err := r.archive.Open(ctx, id)
	if err != nil {
		return web.Audio{}, notKept(err)
	}
	a := web.Audio{Type: "audio/" + sound.Entry.Format, Changed: sound.Entry.At, Content: sound}
	if !wav {
		return a, nil
	}
	plain, err := pcmwav.Open(sound, sound.Size(), sound.Entry.Format)
	if err != nil {
		return web.Audio{}, errors.Join(err, sound.Close())
	}
	a.Type, a.Content = "audio/wav", plain
	return a, nil
}

// Copy implements web.Recordings.
func (r recorded) Copy(ctx context.Context, id string, p report.RecordingPlay) (web.Audio, error) {
	sound, err := r.archive.Open(ctx, id)
	if err != nil {
		return web.Audio{}, notKept(err)
	}
	tagged, err := pcmwav.Tagged(sound, sound.Size(), sound.Entry.Format, []pcmwav.Tag{
		{Name: "RECORDING", Value: id}, {Name: "COPY_FOR", Value: p.By}, {Name: "COPY_AT", Value: p.At.UTC().Format(time.RFC3339)}, {Name: "COPY_ID", Value: p.ID}})
	if err != nil {
		return web.Audio{}, errors.Join(err, sound.Close())
	}
	return web.Audio{Type: "audio/" + sound.Entry.Format, Changed: sound.Entry.At, Content: tag{tagged, sound}}, nil
}

// tag is a copy of a recording, whose file is closed with it.
type tag struct {
	io.ReadSeeker
	io.Closer
}

// Peaks implements web.Recordings.
func (r recorded) Peaks(ctx context.Context, id string) ([2][]byte, error) {
	peaks, err := r.archive.Peaks(ctx, id)
	return peaks, notKept(err)
}

// notKept is an error of the archive as the pages know it.
func notKept(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return web.ErrNotFound
	case errors.Is(err, archive.ErrLocked):
		return web.Unfit("None of the server's keys opens this recording; who has the recovery key can open it.")
	}
	return err
}

// usualListeners are the roles that may hear recordings where the flow names none.
var usualListeners = []string{string(web.RoleSupervisor), string(web.RoleAdmin)}

func hears(role web.Role, rule call.RecordingRule) bool {
	roles := rule.Listen
	if len(roles) == 0 {
		roles = usualListeners
	}
	return slices.Contains(roles, string(role))
}

// Hidden implements web.Recordings.
func (r recorded) Hidden(role web.Role) (queues []string) {
	plan := r.plan()
	for _, queue := range append(r.queues(), "") {
		if !slices.ContainsFunc([]call.Direction{call.CallIn, call.CallBack, call.CallOut}, func(d call.Direction) bool {
			return hears(role, plan.Rule(call.RecordedTalk{Direction: d, Queue: queue}))
		}) {
			queues = append(queues, queue)
		}
	}
	return queues
}

// Hears implements web.Recordings. Where the facts were dropped nobody knows from which
// country the call came: then by the rules of all of them.
func (r recorded) Hears(role web.Role, rec report.Recording) bool {
	plan := r.plan()
	if rec.Alone {
		for _, rule := range plan.House.Countries {
			if len(rule.Listen) > 0 && !hears(role, rule) {
				return false
			}
		}
	}
	return hears(role, plan.Rule(call.RecordedTalk{Direction: call.Direction(rec.Direction), Queue: rec.Queue,
		Dialled: r.numbers.One(rec.Dialed), Other: rec.Number}))
}

// Downloads implements web.Recordings.
func (r recorded) Downloads(role web.Role) bool { return slices.Contains(r.downloads, string(role)) }
