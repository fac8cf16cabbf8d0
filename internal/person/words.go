package person

import (
	"encoding/json"
	"fmt"
	"strings"

	"presszero/report"
)

// sentences tell the person what happened, fact by fact, with {field} of the fact's data.
// What is not here is of the house's own work: which agent was looked at, what was measured.
var sentences = map[string]string{
	"call.started":        "You called {to} from {from}, under the name “{name}”.",
	"call.answered":       "The call was taken.",
	"ivr.language":        "The language was set to {language}.",
	"ivr.node_entered":    "You heard the menu “{node}”.",
	"ivr.input":           "You pressed {digit}.",
	"ivr.zero":            "You pressed 0.",
	"ivr.self_served":     "You were told what you asked for.",
	"ivr.message_left":    "You left a message of {seconds} s.",
	"ivr.looked_up":       "We looked up what you asked for.",
	"caller.known":        "We knew your number, as “{name}”.",
	"queue.entered":       "You waited for “{queue}”.",
	"ewt.announced":       "You were told how long it takes.",
	"queue.left":          "Your waiting ended after {queue_s} s: {outcome}.",
	"bridge.joined":       "You talked with {agent}.",
	"bridge.left":         "The talk ended after {talk_s} s.",
	"bridge.handed":       "{agent} handed you over.",
	"transfer.started":    "You were put through to {number}.",
	"transfer.joined":     "There the call was taken.",
	"transfer.ended":      "You were there for {talk_s} s.",
	"callback.offered":    "You were offered to be called back.",
	"callback.accepted":   "You wanted to be called back.",
	"callback.refused":    "The number for the callback could not be called.",
	"callback.booked":     "A call back to {number} was promised, as “{name}”.",
	"callback.dialed":     "You were called back.",
	"callback.reached":    "The call was taken ({by}).",
	"callback.tried":      "It did not succeed: {how}.",
	"callback.ended":      "The callback was over: {how}.",
	"outgoing.dialed":     "{agent} called {number}.",
	"outgoing.joined":     "You talked with {agent}.",
	"outgoing.ended":      "The call was over: {how}.",
	"notice.played":       "You were told that calls are recorded, in {language} (“{notice}”, {heard_s} s, to its end: {to_end}).",
	"consent.given":       "You agreed to be recorded ({how}).",
	"consent.refused":     "You did not want to be recorded ({how}).",
	"recording.started":   "The talk was recorded ({recording}).",
	"recording.paused":    "The recording was paused ({why}).",
	"recording.resumed":   "The recording went on.",
	"recording.failed":    "The recording could not be written at the moment.",
	"recording.recovered": "The recording was written again.",
	"recording.marked":    "The agent marked this moment: {text}.",
	"recording.stopped":   "The recording ended.",
	"recording.absent":    "The talk was not recorded ({why}).",
	"recording.kept":      "The recording of {length_s} s was kept.",
	"listen.started":      "A supervisor listened.",
	"call.ended":          "The call ended: {outcome}.",
	"promise.broken":      "You had waited longer than you were told before, and came before others.",
	"bridge.step":         "You were asked to type something, which nobody heard.",
	"bridge.step_over":    "You came back to the agent.",
	"bridge.held":         "You were put on hold.",
	"bridge.resumed":      "The talk went on.",
}

// inWords tells a fact; "" if it says nothing to the person.
func inWords(f report.Fact) string {
	text, ok := sentences[f.Kind]
	if !ok || text == "" {
		return ""
	}
	var data map[string]any
	if json.Unmarshal(f.Data, &data) != nil {
		return ""
	}
	for {
		before, rest, ok := strings.Cut(text, "{")
		if !ok {
			break
		}
		name, after, _ := strings.Cut(rest, "}")
		value := "–"
		switch v := data[name].(type) {
		case nil:
		case float64:
			value = fmt.Sprintf("%.4g", v)
		default:
			value = fmt.Sprint(v)
		}
		text = before + value + after
	}
	return text
}
