// Package recordings keeps the sounds: what callers are told, and the
// messages that they leave.
//
//	flow: "greeting: Welcome to…"   ──┐
//	                                  v        the first that exists
//	an operator's upload ──> prompts/ko/greeting.wav ─> 1. a person's recording
//	Asterisk's core sounds           ─> 2. recorded, where the text is "core:NAME" (English only)
//	espeak-ng, Piper, your command   ─> 3. spoken by a machine
//	                                  │ once, to 8 kHz mu-law, named by content
//	                                  v
//	                     sounds/made/3f09….ulaw <── sounds/ko/greeting.ulaw (for the dialplan)
//	                                  │
//	Play "ko/greeting" ──> Speaker ───┤
//	Play "say:ko:주문은…" ─> Speaker ──┴─> sounds/spoken/91be….ulaw, spoken at once, kept while used
//
//	a caller's words:  spool/recording/ID.wav ──┐  checked, encrypted
//	while we were away: spool/fallback/*.wav  ──┴─> archive ─> retention, unless held
//
// Sounds are named by their content, so a sound once given out never changes:
// a call that began on yesterday's flow goes on hearing yesterday's menu.
//
// Talks of agents are recorded too: package capture has them while they go on, and
// package archive keeps both them and messages.
//
// Where to look:
//
//	what a prompt is made from   prompts.go   the first source that exists
//	how a sound is made          make.go      the voice and sox
//	what is spoken in a call     speaker.go   kept while it is used
//	an operator's recording      upload.go
//	what callers leave           messages.go  take, import, hold, expire; plain.go: from before the archive
//	lengths and headers          wav.go
package recordings
