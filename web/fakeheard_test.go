package web_test

import (
	"bytes"
	"context"
	"math"
	"time"

	"presszero/internal/audio"
	"presszero/web"
)

// hearingBook is web.Hearings over the calls of books. A key and a class are a tone.
type hearingBook struct{ *books }

// story is what everybody heard who gave up after so many seconds.
func story(gaveUp float64) []web.HeardSound {
	return []web.HeardSound{
		{AtS: 0, LengthS: 1.5, Kind: "prompt", Language: "en", Name: "greeting", Text: "Welcome.", Sound: "aa", Seq: 1},
		{AtS: 1.5, LengthS: 2.5, Kind: "music", Name: "default", Seq: 2},
		{AtS: 4, LengthS: 1, Kind: "prompt", Language: "en", Name: "wait-2-5", Text: "You will probably wait two to five minutes.", Sound: "bb", Seq: 2},
		{AtS: 5, LengthS: gaveUp - 5, FromS: 2.5, Kind: "music", Name: "default", Seq: 2},
	}
}

func (h hearingBook) Heard(ctx context.Context, call string) ([]web.HeardSound, error) {
	facts, err := h.Timeline(ctx, call)
	if err != nil || len(facts) == 0 {
		return nil, web.ErrNotFound
	}
	return story(9), nil
}

func (h hearingBook) Kept(_ context.Context, key string) (web.Audio, error) {
	if key == "gone" {
		return web.Audio{}, web.ErrNotFound
	}
	return hum(440), nil
}

func (h hearingBook) Music(_ context.Context, class string) (web.Audio, error) {
	if class == "gone" {
		return web.Audio{}, web.ErrNotFound
	}
	return hum(880), nil
}

// hum sounds for 20 seconds.
func hum(hertz float64) web.Audio {
	samples := make([]int16, 20*8000)
	for i := range samples {
		samples[i] = int16(8000 * math.Sin(2*math.Pi*hertz*float64(i)/8000))
	}
	var wav bytes.Buffer
	if err := audio.WriteWAV(&wav, samples); err != nil {
		panic(err)
	}
	return web.Audio{Type: "audio/wav", Changed: time.Now(), Content: inMemory{bytes.NewReader(wav.Bytes())}}
}

// inMemory is a file that needs no closing.
type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error { return nil }
