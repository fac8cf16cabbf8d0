package asterisktest

import (
	"context"
	"errors"
	"testing"

	"presszero/call"
)

func promptsInARow(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	b.sw.Do(call.Play{Call: id, Play: "a" + string(id), Prompts: []string{Hello, Hello}})
	if e := awaitEvent[call.PlayEnded](b, id); e.Failed {
		t.Errorf("prompts ended as %+v", e)
	}
	b.sw.Do(call.Play{Call: id, Play: "b" + string(id), Prompts: []string{Hello, Long}})
	b.hears(who, Long)
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
}

func missingPrompt(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Play{Call: id, Play: "m" + string(id), Prompts: []string{Missing}})
	if e := awaitEvent[call.PlayEnded](b, id); !e.Failed {
		t.Errorf("a prompt that does not exist ended as %+v", e)
	}
	b.sw.Do(call.StopPlay{Call: id, Play: "never"}) // harmless
	b.sw.Do(call.Play{Call: id, Play: "h" + string(id), Prompts: []string{Hello}})
	if e := awaitEvent[call.PlayEnded](b, id); e.Failed {
		t.Errorf("the next prompt ended as %+v", e)
	}
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
}

func spoken(t *testing.T, rig Rig) {
	sound, made := rig.Config.Sound, make(chan struct{})
	if sound == nil {
		sound = func(_ context.Context, prompt string) (string, error) { return "sound:" + prompt, nil }
	}
	rig.Config.Sound = func(ctx context.Context, prompt string) (string, error) {
		_, text, machine := call.SpokenText(prompt)
		if _, limited := ctx.Deadline(); !limited {
			t.Error("a sound is asked for without a deadline")
		}
		switch {
		case machine && text == "":
			return "", errors.New("the machine is silent")
		case machine:
			<-made
			return sound(ctx, Long)
		}
		return sound(ctx, prompt)
	}
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	b.sw.Do(call.Play{Call: id, Play: "a" + string(id), Prompts: []string{call.Spoken("ko", ""), call.Prompt("", Hello), call.Spoken("ko", "주문은 5월 3일에 도착합니다.")}})
	b.hears(who, Music) // while the machine makes the sound
	close(made)
	b.hears(who, Long)
	b.sw.Do(call.StopPlay{Call: id, Play: "a" + string(id)})
	if e := awaitEvent[call.PlayEnded](b, id); e.Failed {
		t.Errorf("ended as %+v", e)
	}
	b.sw.Do(call.Play{Call: id, Play: "b" + string(id), Prompts: []string{call.Spoken("ko", "")}})
	if e := awaitEvent[call.PlayEnded](b, id); !e.Failed {
		t.Errorf("without any sound it ended as %+v", e)
	}
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
}

func promise(t *testing.T, rig Rig) {
	asked := make(chan struct{})
	answer := make(chan error)
	rig.Config.Promise = func(ctx context.Context) error {
		asked <- struct{}{}
		select {
		case err := <-answer:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	b := begin(t, rig)
	id, who := b.phoned()
	words := func(play string) call.Play {
		return call.Play{Call: id, Play: play + string(id), Prompts: []string{Long}}
	}
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	b.sw.Do(call.Promise{Call: id})
	b.sw.Do(words("kept"))
	<-asked
	b.hears(who, Music) // the words wait
	answer <- nil
	b.hears(who, Long)
	b.sw.Do(call.StopPlay{Call: id, Play: "kept" + string(id)})
	awaitEvent[call.PlayEnded](b, id)

	for _, late := range []bool{false, true} {
		promiseBroken(b, id, who, func() {
			<-asked
			if !late {
				answer <- errors.New("the disk is full")
			}
		})
	}
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
}

// promiseBroken orders words after a promise that cannot be kept, as fail sees to. They
// are left out, and the next words are not.
func promiseBroken(b *bench, id call.ID, who Caller, fail func()) {
	b.t.Helper()
	words := func(play string) call.Play {
		return call.Play{Call: id, Play: play + string(id), Prompts: []string{Long}}
	}
	b.sw.Do(call.Music{Call: id})
	b.sw.Do(call.Promise{Call: id})
	b.sw.Do(words("broken"))
	fail()
	if f := awaitEvent[call.Failed](b, id); f.Command != "Promise" || f.Why == "" {
		b.t.Errorf("told was %+v", f)
	}
	if e := awaitEvent[call.PlayEnded](b, id); !e.Failed {
		b.t.Errorf("words that may not be said ended as %+v", e)
	}
	b.hears(who, Music)
	b.sw.Do(words("next")) // only one is left out
	b.hears(who, Long)
	b.sw.Do(call.StopPlay{Call: id, Play: "next" + string(id)})
	awaitEvent[call.PlayEnded](b, id)
}
