package asterisk

import (
	"slices"
	"strings"
)

// arguments are what the dialplan hands over with a channel that comes into the
// application (extensions.conf):
//
//	4930555,also.To=sip:+493055512@host,pai=tel:+49301234   an incoming call
//	4930555,also.To=sip:+493055512@host,again               an incoming call, back from the fallback
//	4930555,dialled                                         an outgoing call, answered
//	4930555,dialled,heard,HUMAN,HUMAN-1220-1220             an outgoing call after answering machine detection
//
// The first argument and the text after "=" come from the network. They are never
// read as one of our words: an incoming call to the user "dialled" stays an
// incoming call.
type arguments struct {
	to      string      // the number dialled, as the request has it
	also    []addressed // the number dialled, as the addresses in other headers have it
	pai     string      // the caller's number in P-Asserted-Identity; "": none, or withheld
	again   bool        // the caller was in the fallback before
	dialled bool        // an outgoing call
	heard   []string    // AMD's status and cause; nil: AMD has not run
}

// addressed is the user of the address in a header.
type addressed struct{ header, user string }

const (
	argAlso    = "also."
	argPAI     = "pai="
	argAgain   = "again"
	argDialled = "dialled"
	argHeard   = "heard"
)

func readArguments(args []string) (a arguments) {
	if len(args) == 0 {
		return a
	}
	a.to, args = args[0], args[1:]
	if i := slices.Index(args, argHeard); i >= 0 {
		a.heard = append(slices.Clone(args[i+1:]), "", "")
		args = args[:i]
	}
	a.again, a.dialled = slices.Contains(args, argAgain), slices.Contains(args, argDialled)
	for _, arg := range args {
		if rest, is := strings.CutPrefix(arg, argAlso); is {
			header, address, _ := strings.Cut(rest, "=")
			if user := userOf(address); user != "" {
				a.also = append(a.also, addressed{header, user})
			}
		} else if address, is := strings.CutPrefix(arg, argPAI); is {
			a.pai = userOf(address)
		}
	}
	return a
}

// numbers are the numbers that may have been dialled, the best first, as the trunk
// says where they stand. Without its word, the request comes first.
func (a arguments) numbers(dialledIn []string) []string {
	if len(dialledIn) == 0 {
		dialledIn = []string{inRequest, "P-Called-Party-ID", "To"}
	}
	var list []string
	for _, in := range dialledIn {
		if strings.EqualFold(in, inRequest) && a.to != "" {
			list = append(list, a.to)
		}
		for _, also := range a.also {
			if strings.EqualFold(in, also.header) {
				list = append(list, also.user)
			}
		}
	}
	return list
}

// inRequest is the Request-URI as a place where the number dialled stands.
const inRequest = "request"

// userOf is the user of an address: "sip:USER@host", "tel:USER", each with or
// without brackets, a name before it, or parameters behind it.
func userOf(address string) string {
	if _, bracketed, is := strings.Cut(address, "<"); is {
		address, _, _ = strings.Cut(bracketed, ">")
	}
	scheme, rest, is := strings.Cut(address, ":")
	if !is || scheme != "tel" && !strings.Contains(rest, "@") {
		return "" // a host alone
	}
	user, _, _ := strings.Cut(rest, "@")
	user, _, _ = strings.Cut(user, ";")
	user, _, _ = strings.Cut(user, ":") // a password
	return user
}

// argumentsOf are those with which a channel came into our application.
func argumentsOf(ch channelState) arguments {
	return readArguments(strings.Split(ch.Dialplan.Data, ",")[1:])
}
