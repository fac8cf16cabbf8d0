package media_test

import (
	"log/slog"
	"testing"

	"presszero/softphone/media"
	"presszero/softphone/media/mediatest"
)

func newLocal(t testing.TB, onEvent func(media.Event)) *media.Local {
	t.Helper()
	engine, err := media.New(media.Config{
		MediaAddr: "127.0.0.1:0",
		OnEvent:   onEvent,
		Logger:    slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Shutdown(); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return engine
}

func TestLocal(t *testing.T) {
	t.Parallel()
	mediatest.Exercise(t, func(t *testing.T, onEvent func(media.Event)) media.Engine {
		return newLocal(t, onEvent)
	})
}
