package report

import "time"

// Person is what is kept of somebody who has called, or was called.
type Person struct {
	Numbers    []string `json:"numbers"` // in which the books know the person
	Names      []string `json:"names"`
	Calls      int      `json:"calls"`
	Outgoing   int      `json:"outgoing"` // calls to the person
	Callbacks  int      `json:"callbacks"`
	Notes      int      `json:"notes"`
	Messages   int      `json:"messages"`
	Recordings int      `json:"recordings"`
	Open       int      `json:"open"`  // callbacks that wait, and are cancelled before the person is forgotten
	Holds      []Hold   `json:"holds"` // that keep all of it
	Held       []string `json:"held"`  // messages and recordings that stay
}

// ForgottenPerson is what forgetting a person has changed.
type ForgottenPerson struct {
	Person
	Facts   int `json:"facts"`
	Records int `json:"records"` // of the journal
	Files   int `json:"files"`   // logs and others
}

// Forgetting is the forgetting of a person: first all the books are searched.
type Forgetting struct {
	By    string           `json:"by"`
	Began time.Time        `json:"began_at"`
	Ended *time.Time       `json:"ended_at"` // nil: it goes on
	Read  int64            `json:"read"`     // bytes of the books that are searched
	Of    int64            `json:"of"`       // …of so many; 0: it is not known yet
	Error string           `json:"error"`    // why it cannot be, or, if it goes on, why not yet
	Done  *ForgottenPerson `json:"done"`     // nil: nobody is forgotten
}

// Keeping is what goes by age, and how much room there is.
type Keeping struct {
	Rules  []KeepingRule `json:"rules"`
	Last   *Night        `json:"last"` // nil: no night has been
	Disks  []Disk        `json:"disks"`
	Full   string        `json:"disk_full"` // what happens then: unrecorded, refuse
	Erased int           `json:"erased"`    // numbers on the erasure list
}

// KeepingRule is for how many days something is kept.
type KeepingRule struct {
	Kind  string `json:"kind"`  // messages, recordings, numbers, facts
	Queue string `json:"queue"` // ""; a queue where it is otherwise
	Days  int    `json:"days"`  // 0: for ever
}

// Disk is how full a disk is.
type Disk struct {
	Name  string `json:"name"`  // what is there: state, archive, recordings
	Free  int64  `json:"free"`  // bytes, for us
	Total int64  `json:"total"` // bytes
	Level int    `json:"level"` // percent below which it is: 20, 10 or 5; 0: it has room
}
