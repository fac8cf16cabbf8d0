// Package deskclient plays the page's part of the desk protocol: an agent
// without a browser, for tests, load runs and the robots.
//
//	sign in (HTTP) ─> hello ─> media ─> available ─> offer ─> accept ─> talk ─> wrapped
//	                                                   │
//	                                       Moments tell when each happened
//
// A [Client] is one page. [Dial] signs it in and opens its line; with
// Options.Robot set it then accepts, talks, hangs up and wraps up by itself.
// [Run] keeps such a client working over broken lines and restarts until its
// context ends.
package deskclient
