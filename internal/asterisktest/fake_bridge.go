package asterisktest

import "slices"

// bridge joins channels.
type bridge struct {
	id, name string
	members  []*channel
}

func (b *bridge) asJSON() map[string]any {
	ids := []string{}
	for _, m := range b.members {
		ids = append(ids, m.id)
	}
	return map[string]any{"id": b.id, "name": b.name, "technology": b.technology(), "bridge_type": "mixing",
		"bridge_class": "stasis", "creator": "Stasis", "channels": ids}
}

func (b *bridge) addMember(ch *channel) {
	ch.unbridge()
	b.members = append(b.members, ch)
	ch.bridge = b
	translate(ch)
	ch.sendEvent("ChannelEnteredBridge", map[string]any{"bridge": b.asJSON()})
}

func (ch *channel) unbridge() {
	b := ch.bridge
	if b == nil {
		return
	}
	b.members = slices.DeleteFunc(b.members, func(m *channel) bool { return m == ch })
	ch.bridge = nil
	if len(b.members) <= two {
		translate(b.members...)
	}
	ch.sendEvent("ChannelLeftBridge", map[string]any{"bridge": b.asJSON()})
}

// two are forwarded to each other without a translator.
const two = 2

// translate makes the translators of these anew.
func translate(members ...*channel) {
	for _, m := range members {
		m.untranslated = false
	}
}
