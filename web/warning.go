package web

// Warning is a fault with which calls are still taken.
type Warning struct {
	About About `json:"about"`
	// Text is for the operator: what it is and what to do, in English, as in the log.
	Text string `json:"text"`
}

// About is what a warning is about. A page says it in the person's language.
type About string

// All that warnings are about.
const (
	AboutArchive     About = "archive"
	AboutCertificate About = "certificate"
	AboutDatabase    About = "database" // facts come late to it
	AboutDemo        About = "demo"
	AboutDisk        About = "disk"
	AboutFlow        About = "flow"
	AboutJournal     About = "journal"
	AboutMessages    About = "messages"
	AboutNumbers     About = "numbers" // dialled, and not named in the flow
	AboutOutgoing    About = "outgoing"
	AboutRecording   About = "recording"
	AboutSecrets     About = "secrets"
	AboutSounds      About = "sounds"
	AboutTrunk       About = "trunk"
)
