package ivr

import (
	"time"

	"presszero/call"
)

// pressed takes a key, whatever goes on. It stops what is being said, at once,
// except a legal notice.
func (t *turn) pressed(digit string) {
	switch {
	case t.warning:
		t.duringWarning(digit)
		return
	case t.notice != nil:
		t.noticeKey(digit)
		return
	}
	if t.node == nil || t.doing == inLine || t.doing == talking || t.doing == leaving || t.zero {
		return
	}
	if digit == "0" && t.zeroPressed() {
		return
	}
	switch n := t.node; n.Kind {
	case Menu, Language:
		t.takeKey(digit)
	case Input:
		t.typing(digit)
	case Say, Greeting, End:
		t.duringText(digit)
	case Lookup:
		t.pushAhead(digit)
	case Mailbox:
		t.duringMailbox(digit)
	}
}

// zeroPressed leads to a person, and reports whether it did: in an input step
// a 0 may be part of the number, and during a notice it is part of what comes
// next if that is an input.
func (t *turn) zeroPressed() bool {
	if t.node.Kind == Input && t.node.Digits.possible(t.typed+"0") {
		return false
	}
	if t.node.Notice {
		if next, _ := t.nextToAsk(t.Now); next != nil && next.Kind == Input && next.Digits.possible(t.ahead+"0") {
			return false
		}
	}
	t.choosePerson()
	return true
}

// choosePerson leads a caller who has pressed 0 to a person: at once, or after a
// notice that has to be heard.
func (t *turn) choosePerson() {
	t.apply(call.ZeroPressed{Node: t.node.Name, DuringPrompt: t.play != ""})
	if t.node.Notice && t.play != "" {
		return
	}
	t.stopPlaying()
	switch t.doing {
	case recording:
		t.Order(call.StopRecord{Call: t.call, Record: t.task, Discard: true})
	case dialling:
		t.Order(call.DropTransfer{Call: t.call, Transfer: t.task})
		t.endTransfer("caller_chose_person")
	}
	t.toPerson("zero")
}

// duringText takes a key during a text: it is typed ahead for the node that asks
// next. A key that means nothing there is passed over, and the text goes on.
func (t *turn) duringText(digit string) {
	if t.node.Notice {
		t.pushAhead(digit)
		return
	}
	next, notice := t.nextToAsk(t.Now)
	switch {
	case next == nil:
		t.steer(digit)
	case next.Kind == Lookup:
		if t.steer(digit); t.doing == speaking {
			t.pushAhead(digit)
		}
	case next.Kind == Input && digit != "*" && digit != "#", next.Keys[digit] != "":
		t.stopPlaying()
		if notice != nil {
			t.pushAhead(digit)
			t.enter(notice.Name)
			return
		}
		t.moveTo(next)
		t.ahead = digit
		t.askCaller()
	default:
		t.steer(digit)
	}
}

// steer does what the profile says about * and # during a text.
func (t *turn) steer(digit string) {
	switch t.profile().actionOf(digit) {
	case back:
		if to := t.previousMenu(); to != "" {
			t.stateKeyPressed(digit)
			t.stopPlaying()
			t.enter(to)
		}
	case repeat:
		t.stateKeyPressed(digit)
		t.stopPlaying()
		t.arrive()
	case skip:
		t.stateKeyPressed(digit)
		t.stopPlaying()
		if t.node.Kind == End {
			t.goodbye()
			return
		}
		t.enter(t.node.Then)
	}
}

func (t *turn) stateKeyPressed(digit string) {
	t.apply(call.KeyPressed{Node: t.node.Name, Digit: digit})
}

// nextToAsk returns the node that will take the keys pressed during a text, and the
// notice that has to be heard before it, if any. It is nil where keys will
// mean nothing.
func (c *session) nextToAsk(now time.Time) (next, notice *Node) {
	at := c.node
	for range len(c.flow.Nodes) {
		to := at.Then
		if at.Kind == Hours {
			to = at.Open.nodeFor(at.Open.Table.At(now))
		}
		if at = c.flow.Nodes[to]; at == nil {
			return nil, nil
		}
		switch {
		case at.Kind == Menu, at.Kind == Input, at.Kind == Lookup:
			return at, notice
		case at.Kind == Language && (c.language == "" || c.chosen):
			return at, notice
		case at.Notice && notice == nil:
			notice = at
		case at.Kind != Say && at.Kind != Greeting && at.Kind != Hours && at.Kind != Language:
			return nil, nil
		}
	}
	return nil, nil
}

// useAhead lets a node that asks take what was typed before, and reports
// whether the caller need not be asked. Keys that mean nothing here were
// pressed by a caller who had not heard the choices, and are passed over.
func (t *turn) useAhead() bool {
	n, took := t.node, false
	for t.ahead != "" && t.node == n && t.doing != inLine {
		digit := t.ahead[:1]
		t.ahead = t.ahead[1:]
		switch {
		case n.Kind == Input:
			if digit == "0" && !n.Digits.possible(t.typed+"0") {
				t.choosePerson()
				return true
			}
			t.typing(digit)
			took = true
		case digit == "0":
			t.choosePerson()
			return true
		case n.Keys[digit] != "":
			t.takeKey(digit)
			return true
		}
	}
	return took
}
