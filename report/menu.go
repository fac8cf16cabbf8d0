package report

// MenuNode counts the events at one node of the flow.
//
// It counts stays. A stay begins when a caller enters the node and lasts until
// the same call enters a node again, or ends. It belongs to the period in which
// it began, with all that happened in it, so that a number never counts what
// another one leaves out:
//
//	enter main ── 7? ── silence ── 0 ──> queue ──> agent
//	└─────────────── one stay ───────────────────────┘
//
// Keys, Silent and Wrong count how often; the others count stays. A caller may
// be silent twice in one stay.
type MenuNode struct {
	Node     string `db:"node" json:"node"`
	Flow     string `db:"flow" json:"flow"`         // version of the flow in which it was last entered
	Versions int    `db:"versions" json:"versions"` // of the flow in which it was entered

	Entries    int            `db:"entries" json:"entries"`
	Keys       map[string]int `db:"-" json:"keys"`                  // by digit; 0 is not among them
	ZeroDuring int            `db:"zero_during" json:"zero_during"` // pressed 0 before the prompt was over
	ZeroAfter  int            `db:"zero_after" json:"zero_after"`   // pressed 0 after it
	Silent     int            `db:"silent" json:"silent"`           // the menu was over and no key came
	Wrong      int            `db:"wrong" json:"wrong"`             // keys that the node does not know
	HungUp     int            `db:"hung_up" json:"hung_up"`         // the caller hung up here, having reached nobody
	SelfServed int            `db:"self_served" json:"self_served"` // heard a text to its end
	LookUps    int            `db:"look_ups" json:"look_ups"`       // services asked…
	LookFailed int            `db:"look_failed" json:"look_failed"` // …that did not answer
	Messages   int            `db:"messages" json:"messages"`       // left a message
	Transfers  int            `db:"transfers" json:"transfers"`     // a number outside was dialled…
	Joined     int            `db:"joined" json:"joined"`           // …and the caller talked with it

	// Queued are the stays after which the call entered a queue, and ToQueue the
	// seconds from entering the node until then: what the menus themselves cost.
	// ToPerson are the seconds from entering the node until an agent and the
	// caller heard each other, of the Reached. Percentiles are of the nearest
	// rank.
	Queued      int      `db:"queued" json:"queued"`
	ToQueueP50  *float64 `db:"to_queue_p50" json:"to_queue_p50_s"`
	ToQueueP90  *float64 `db:"to_queue_p90" json:"to_queue_p90_s"`
	Reached     int      `db:"reached" json:"reached"`
	ToPersonP50 *float64 `db:"to_person_p50" json:"to_person_p50_s"`
	ToPersonP90 *float64 `db:"to_person_p90" json:"to_person_p90_s"`
}

// MenuNodeColumns are the columns of the report on the menus.
var MenuNodeColumns = []Column[MenuNode]{
	{"node", func(n MenuNode) any { return n.Node }},
	{"flow", func(n MenuNode) any { return n.Flow }},
	{"versions", func(n MenuNode) any { return n.Versions }},
	{"entries", func(n MenuNode) any { return n.Entries }},
	keyColumn("key_1", "1"), keyColumn("key_2", "2"), keyColumn("key_3", "3"),
	keyColumn("key_4", "4"), keyColumn("key_5", "5"), keyColumn("key_6", "6"),
	keyColumn("key_7", "7"), keyColumn("key_8", "8"), keyColumn("key_9", "9"),
	keyColumn("key_star", "*"), keyColumn("key_hash", "#"),
	{"zero_during", func(n MenuNode) any { return n.ZeroDuring }},
	{"zero_after", func(n MenuNode) any { return n.ZeroAfter }},
	{"silent", func(n MenuNode) any { return n.Silent }},
	{"wrong", func(n MenuNode) any { return n.Wrong }},
	{"hung_up", func(n MenuNode) any { return n.HungUp }},
	{"self_served", func(n MenuNode) any { return n.SelfServed }},
	{"look_ups", func(n MenuNode) any { return n.LookUps }},
	{"look_failed", func(n MenuNode) any { return n.LookFailed }},
	{"messages", func(n MenuNode) any { return n.Messages }},
	{"transfers", func(n MenuNode) any { return n.Transfers }},
	{"joined", func(n MenuNode) any { return n.Joined }},
	{"queued", func(n MenuNode) any { return n.Queued }},
	{"to_queue_p50_s", func(n MenuNode) any { return n.ToQueueP50 }},
	{"to_queue_p90_s", func(n MenuNode) any { return n.ToQueueP90 }},
	{"reached", func(n MenuNode) any { return n.Reached }},
	{"to_person_p50_s", func(n MenuNode) any { return n.ToPersonP50 }},
	{"to_person_p90_s", func(n MenuNode) any { return n.ToPersonP90 }},
}

// keyColumn tells how often a key was pressed.
func keyColumn(name, digit string) Column[MenuNode] {
	return Column[MenuNode]{name, func(n MenuNode) any { return n.Keys[digit] }}
}
