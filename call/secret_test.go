package call

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestSecretIsNotPrinted tries every way by which a value gets into a log.
func TestSecretIsNotPrinted(t *testing.T) {
	l := LookUp{Values: map[string]Secret{"pin": NewSecret("4711")}}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "pin", l.Values["pin"], "order", l)
	b, _ := json.Marshal(l)
	for _, printed := range []string{
		fmt.Sprint(l), fmt.Sprintf("%v %+v %#v", l, l, l), fmt.Sprintf("%s %q %x", l.Values["pin"], l.Values["pin"], l.Values["pin"]),
		string(b), log.String(),
	} {
		if strings.Contains(printed, "4711") || strings.Contains(printed, "34373131") || !strings.Contains(printed, "(4 typed)") {
			t.Errorf("printed: %s", printed)
		}
	}
}

func TestRequest(t *testing.T) {
	l := LookUp{Address: "https://x.example/o/{order}?from={caller}", Body: `{"pin":"{pin}"}`,
		Values: map[string]Secret{"order": NewSecret("12#/../"), "caller": NewSecret("+34600"), "pin": NewSecret(`1"}`)}}
	address, body := l.Request()
	if address != "https://x.example/o/12%23%2F..%2F?from=%2B34600" {
		t.Error(address)
	}
	if body != `{"pin":"1\"}"}` {
		t.Error(body)
	}
}

func TestSpokenText(t *testing.T) {
	if language, text, ok := SpokenText(Spoken("ko", "지금: 5분")); !ok || language != "ko" || text != "지금: 5분" {
		t.Error(language, text, ok)
	}
	if _, _, ok := SpokenText(Prompt("ko", "main")); ok {
		t.Error("the name of a prompt was taken for a text")
	}
}
