package ivr

import (
	"slices"
	"strings"
	"time"

	"presszero/call"
)

// answerSlack is how much later than its limit an answer may arrive here,
// before the caller goes on without it.
const answerSlack = 300 * time.Millisecond

// lookUp asks a service, while the caller hears that it takes a moment.
func (t *turn) lookUp() {
	n, ask := t.node, t.node.Ask
	values := map[string]call.Secret{}
	asks := false // about anything at all
	for _, name := range namesOf(ask.Address + ask.Body) {
		v, _ := t.value(name)
		asks = asks || v != "" && name != "called" // our own number says nothing about the caller
		values[name] = call.NewSecret(v)
	}
	if !asks && len(values) > 0 { // a withheld number: there is nothing to ask about
		t.branch("withheld", "default", ask.Default)
		return
	}
	if n.Prompt != "" {
		t.playPrompts(n.Prompt)
	}
	t.switchTo(lookingUp) // the prompt's watchdog is old now; the answer's stands for both
	t.task, t.since = t.newID("l"), t.Now
	t.Order(call.LookUp{Call: t.call, LookUp: t.task, Method: ask.Method, Address: template(ask.Address), Body: template(ask.Body),
		Values: values, Fields: ask.fields(), Within: ask.Within})
	t.remind(lookUpTimer, ask.Within+answerSlack)
}

// template drops the forms of values, which only speech needs.
func template(text string) string {
	return valuePattern.ReplaceAllString(text, "{$1}")
}

// fields are what is wanted of the answer.
func (a *Ask) fields() []string {
	var list []string
	if a.Field != "" {
		list = append(list, a.Field)
	}
	for _, name := range sortedKeys(a.Keep) {
		if !slices.Contains(list, a.Keep[name]) {
			list = append(list, a.Keep[name])
		}
	}
	return list
}

// answered takes the answer of the service, or that there is none. A prompt that
// plays is heard to its end first.
func (t *turn) answered(answer call.LookedUp) {
	if t.play == "" {
		t.conclude(answer)
		return
	}
	t.answer = &answer
	limit := patience
	for _, language := range t.promptLanguages() {
		_, length := t.sound(language, t.node.Prompt)
		limit += length
	}
	t.gen++
	t.remind(saidTimer, max(limit-t.Now.Sub(t.since), 0))
}

// conclude goes where the answer leads.
func (t *turn) conclude(answer call.LookedUp) {
	ask := t.node.Ask
	switch {
	case answer.Failed && answer.Why == "timeout" && ask.Timeout != "":
		t.branch("timeout", "timeout", ask.Timeout)
		return
	case answer.Failed:
		how := "failed"
		if answer.Why == "timeout" {
			how = "timeout"
		}
		t.branch(how, "failed", ask.Failed)
		return
	}
	for name, field := range ask.Keep {
		t.values[name] = strings.TrimSpace(answer.Fields[field])
	}
	value := answer.Fields[ask.Field]
	if to := ask.When[value]; to != "" {
		t.branch("answered", value, to)
		return
	}
	t.branch("answered", "default", ask.Default)
}

func (t *turn) branch(how, word, to string) {
	took := 0.0
	if !t.since.IsZero() && how != "withheld" {
		took = t.Now.Sub(t.since).Seconds()
	}
	t.task = ""
	for name := range t.node.Ask.Keep {
		if _, ok := t.values[name]; !ok {
			t.values[name] = "" // asked for in vain; not to be asked for again
		}
	}
	t.apply(call.LookUpEnded{Node: t.node.Name, How: how, Branch: word, Took: took})
	t.enter(to)
}
