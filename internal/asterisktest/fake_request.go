package asterisktest

import (
	"encoding/json"
	"net/http"
)

// body is what a request says in JSON.
type body struct {
	Variable  string
	Value     string
	Media     json.RawMessage
	Class     string `json:"mohClass"`
	Direction string // of a mute
	Keys      string `json:"dtmf"`
	Duration  int    // of a key, ms
	Between   int    // two keys, ms
	Name      string
	Context   string
	ChannelID string `json:"channelId"`
	Host      string `json:"external_host"`
	Variables map[string]string
	Allowed   []struct{ Type string }
	Endpoint  string
	AppArgs   string `json:"appArgs"`
	CallerID  string `json:"callerId"`
	Timeout   int
	Max       int    `json:"maxDurationSeconds"`
	Stop      string `json:"terminateOn"`
}

// router takes the routes of ARI.
type router = func(string, func(http.ResponseWriter, *http.Request, body))

type route func(w http.ResponseWriter, r *http.Request, b body)

func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
}

func reply(w http.ResponseWriter, status int, what any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if what != nil {
		_ = json.NewEncoder(w).Encode(what)
	}
}
