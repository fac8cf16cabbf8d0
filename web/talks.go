package web

import "context"

// Talks is what agents know and write beside the voice.
type Talks interface {
	// Targets are those of a user, in a language like ko or pt-BR.
	Targets(ctx context.Context, u User, language string) (Targets, error)
}

// talkHandlers serve the agents' pages beside the desk.
type talkHandlers struct{ talks Talks }
