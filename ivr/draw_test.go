package ivr

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// golden compares with a file, or writes it anew with -update.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s has changed (go test -update writes it anew); got\n%s", path, got)
	}
}

func TestDraw(t *testing.T) {
	for name, flow := range map[string]*Flow{"example": example(t), "site": fullFlow(t)} {
		flow.Version = "v"
		golden(t, "testdata/draw/"+name+".mmd", Draw(flow))
		golden(t, "testdata/draw/"+name+".svg", DrawSVG(flow, Notes{}, ""))
	}
}

// TestDrawn: any flow gives a picture that is valid, shows every node that can
// be reached, and lays no box over another.
func TestDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		flow, err := Parse("flow.yaml", []byte(randomFlow(t)))
		if err != nil {
			return
		}
		picture := DrawSVG(flow, Notes{}, "")
		if again := DrawSVG(flow, Notes{}, ""); picture != again {
			t.Fatal("drawn twice, it differs")
		}
		for d := xml.NewDecoder(strings.NewReader(picture)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("not XML: %v\n%s", err, picture)
			}
		}
		boxes, width, height := flow.drawing("").layout("then")
		for name := range flow.reached(nil) {
			if boxes[name] == nil {
				t.Fatalf("%s is not drawn", name)
			}
		}
		for _, a := range boxes {
			if a.x-a.width/2 < 0 || a.x+a.width/2 > width || a.y < 0 || a.y+a.height > height {
				t.Fatalf("%s is outside the picture", a.id)
			}
			for _, b := range boxes {
				if a != b && a.x-a.width/2 < b.x+b.width/2 && b.x-b.width/2 < a.x+a.width/2 && a.y < b.y+b.height && b.y < a.y+a.height {
					t.Fatalf("%s lies over %s", a.id, b.id)
				}
			}
		}
	})
}

// TestDrawEscapes: texts of a flow must not become Mermaid, HTML or SVG.
func TestDrawEscapes(t *testing.T) {
	text := strings.ReplaceAll(string(Example), "Welcome to the support line.", `<script>"x"]:::y &#z`)
	flow, err := Parse("flow.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, picture := range []string{Draw(flow), DrawSVG(flow, Notes{}, "")} {
		if strings.Contains(picture, "<script") || strings.Contains(picture, `"x"]`) {
			t.Error(picture)
		}
	}
}

// TestNotesInThePicture: a picture tells how its nodes are used.
func TestNotesInThePicture(t *testing.T) {
	flow := example(t)
	picture := DrawSVG(flow, Notes{Boxes: map[string]string{"main": "→ 214", PersonBox: "→ <9>"}, Keys: map[string]map[string]int{"main": {"2": 40}}}, "")
	for _, want := range []string{`data-node="main"`, `class="count"`, "→ 214", "→ &lt;9&gt;", ">2 (40)<"} {
		if !strings.Contains(picture, want) {
			t.Errorf("the picture is without %q:\n%s", want, picture)
		}
	}
}

// TestPictureInEveryLanguage: a picture has no word of the program in another language,
// and keeps the words of the house.
func TestPictureInEveryLanguage(t *testing.T) {
	flow := fullFlow(t)
	for language, words := range drawWords {
		var want []string
		for kind := range shapes {
			want = append(want, string(kind))
		}
		for _, e := range (Queue{}).exits() {
			want = append(want, strings.ReplaceAll(e.key, "_", " "))
		}
		for word := range drawWords["es"] {
			want = append(want, word)
		}
		for _, word := range want {
			if words[word] == "" || strings.Count(words[word], "%s") != strings.Count(word, "%s") {
				t.Errorf("%s: %q is %q", language, word, words[word])
			}
		}
		picture := DrawSVG(flow, Notes{}, language)
		for _, ours := range []string{"third failure", "0 anywhere", ">lookup ", ">say ", "queue technical", ">holiday<", "then →"} {
			if strings.Contains(picture, ours) {
				t.Errorf("%s: the picture says %q", language, ours)
			}
		}
		for _, theirs := range []string{">shipped<", fmt.Sprintf(words["queue %s"], "technical"), ">" + words["closed"] + "<"} {
			if !strings.Contains(picture, theirs) {
				t.Errorf("%s: the picture is without %q", language, theirs)
			}
		}
	}
}
