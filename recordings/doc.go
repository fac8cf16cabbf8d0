// Package recordings keeps the sounds of the house: what callers are told.
//
//	flow: "greeting: Welcome to…" ──┐
//	                                v        the first that exists
//	prompts folder: greeting.wav ─> 1. a person's recording
//	Asterisk's core sounds       ─> 2. recorded, where the text is "core:NAME"
//	espeak-ng                    ─> 3. spoken by a machine
//	                                │ converted once to 8 kHz mu-law
//	                                v
//	                          sounds/greeting.ulaw, and its length
//
// Which calls are recorded, consent and retention will live here too; today
// no call is recorded.
package recordings
