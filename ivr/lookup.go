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
func (m *Machine) lookUp(s *call.Step, c *session) {
	n, ask := c.node, c.node.Ask
	values := map[string]call.Secret{}
	asks := false // about anything at all
	for _, name := range namesOf(ask.Address + ask.Body) {
		v, _ := c.value(name)
		asks = asks || v != "" && name != "called" // our own number says nothing about the caller
		values[name] = call.NewSecret(v)
	}
	if !asks && len(values) > 0 { // a withheld number: there is nothing to ask about
		m.branch(s, c, "withheld", "default", ask.Default)
		return
	}
	if n.Prompt != "" {
		m.playPrompts(s, c, n.Prompt)
	}
	c.switchTo(lookingUp) // the prompt's watchdog is old now; the answer's stands for both
	c.task, c.since = c.newID(m, "l"), s.Now
	s.Order(call.LookUp{Call: c.call, LookUp: c.task, Method: ask.Method, Address: template(ask.Address), Body: template(ask.Body),
		Values: values, Fields: ask.fields(), Within: ask.Within})
	m.remind(s, c, lookUpTimer, ask.Within+answerSlack)
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

// answered: the service has answered, or will not. A prompt that is being said
// is heard to its end.
func (m *Machine) answered(s *call.Step, c *session, answer call.LookedUp) {
	if c.play == "" {
		m.conclude(s, c, answer)
		return
	}
	c.answer = &answer
	limit := patience
	for _, language := range c.tongues() {
		_, length := c.sound(language, c.node.Prompt)
		limit += length
	}
	c.gen++
	m.remind(s, c, saidTimer, max(limit-s.Now.Sub(c.since), 0))
}

// conclude goes where the answer leads.
func (m *Machine) conclude(s *call.Step, c *session, answer call.LookedUp) {
	ask := c.node.Ask
	switch {
	case answer.Failed && answer.Why == "timeout" && ask.Timeout != "":
		m.branch(s, c, "timeout", "timeout", ask.Timeout)
		return
	case answer.Failed:
		how := "failed"
		if answer.Why == "timeout" {
			how = "timeout"
		}
		m.branch(s, c, how, "failed", ask.Failed)
		return
	}
	for name, field := range ask.Keep {
		c.values[name] = strings.TrimSpace(answer.Fields[field])
	}
	value := answer.Fields[ask.Field]
	if to := ask.When[value]; to != "" {
		m.branch(s, c, "answered", value, to)
		return
	}
	m.branch(s, c, "answered", "default", ask.Default)
}

func (m *Machine) branch(s *call.Step, c *session, how, word, to string) {
	took := 0.0
	if !c.since.IsZero() && how != "withheld" {
		took = s.Now.Sub(c.since).Seconds()
	}
	c.task = ""
	for name := range c.node.Ask.Keep {
		if _, ok := c.values[name]; !ok {
			c.values[name] = "" // asked for in vain; not to be asked for again
		}
	}
	m.Replay(s.State(c.call, call.LookUpEnded{Node: c.node.Name, How: how, Branch: word, Took: took}))
	m.enter(s, c, to)
}
