package asterisk

import (
	"context"
	"log/slog"
	"time"

	"presszero/call"
)

// Config says which Asterisk to speak to, and how.
type Config struct {
	URL      string // of ARI, such as http://127.0.0.1:8088/ari
	User     string
	Password string
	App      string // the Stasis application that the dialplan hands callers to
	Node     string // our name for this switch, for events

	// DeadMan is how long Asterisk leaves a caller in our hands after the last
	// sign of care. It is renewed every third of it, or every 10 s if that is
	// sooner. Default: 60 s.
	DeadMan time.Duration

	// LeadIn is how much silence is played before the first word. A gateway of the
	// caller's network lets sound through only some time after the answer, and the
	// caller would miss the first word. Default: 200 ms; negative: none.
	LeadIn time.Duration

	// Ringing is ARI's address of the ringing tone. An agent who has dialled a number
	// hears it while the phone of that number rings and its network sends no sound.
	// Default: the tone that ITU-T E.180 recommends, 425 Hz for 1 s and 4 s of silence.
	Ringing string

	// SilentTrunk is how long a trunk may do nothing with a call until the next one
	// is tried. Default: 15 s.
	SilentTrunk time.Duration

	// Sound turns an item of call.Play (see call.Prompt and call.Spoken) into
	// ARI's address of the sound, such as sound:/abs/path/without/extension. It
	// may take its time, up to the deadline of ctx, while the caller goes on
	// hearing music; after an error that item is left out.
	// nil: "sound:" and the item.
	Sound func(ctx context.Context, prompt string) (mediaURI string, err error)

	// Silence gives ARI's address of a sound that holds so much silence.
	// nil: there is no lead-in.
	Silence func(length time.Duration) (mediaURI string, err error)

	// Promise waits until all facts stated so far are on disk, up to the
	// deadline of ctx (half a second). nil: there is nothing to wait for.
	Promise func(ctx context.Context) error

	// Kept tells how much sound the recording of that name holds, once it is
	// over. nil, or after an error: Asterisk's own count, which may be a second
	// off either way. fs.ErrNotExist: it was not kept, whatever Asterisk says.
	Kept func(record string) (time.Duration, error)

	// Carriers says over which trunks calls leave. nil: no call is made.
	Carriers Carriers

	MusicClass string // music for orders that name no class; "" is Asterisk's default

	// Healthy says whether the controller can decide about calls. While it
	// says no, neither heartbeat nor dead-man is renewed, and Asterisk takes
	// new and then old callers to its fallback. nil: always.
	Healthy func() bool

	Logger *slog.Logger // nil: slog.Default()

	NewID func() call.ID // names calls that arrive; UUIDv7 in text
}

// complete fills in the defaults.
func (c Config) complete() Config {
	if c.DeadMan <= 0 {
		c.DeadMan = time.Minute
	}
	if c.LeadIn == 0 {
		c.LeadIn = 200 * time.Millisecond
	}
	if c.Ringing == "" {
		c.Ringing = "tone:425/1000,0/4000"
	}
	if c.SilentTrunk <= 0 {
		c.SilentTrunk = silentTrunk
	}
	if c.Sound == nil {
		c.Sound = func(_ context.Context, prompt string) (string, error) { return "sound:" + prompt, nil }
	}
	if c.Promise == nil {
		c.Promise = func(context.Context) error { return nil }
	}
	if c.Healthy == nil {
		c.Healthy = func() bool { return true }
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// careEvery is how often each caller is cared for.
func (c Config) careEvery() time.Duration { return min(c.DeadMan/3, 10*time.Second) }
