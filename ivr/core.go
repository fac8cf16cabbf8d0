package ivr

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"presszero/internal/yamlfile"
)

// coreSounds are the recorded sounds that come with Asterisk (its English core
// sounds, 1.6.1): a name and its length in milliseconds on each line.
//
//go:embed core.txt
var coreSounds string

var coreLengths = sync.OnceValue(func() map[string]time.Duration {
	lengths := map[string]time.Duration{}
	for line := range strings.Lines(coreSounds) {
		name, ms, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, _ := strconv.Atoi(ms) // a test reads every line
		lengths[name] = time.Duration(n) * time.Millisecond
	}
	return lengths
})

// wordless are core sounds that need no translation.
var wordless = map[string]bool{"beep": true, "beeperr": true, "ascending-2tone": true, "descending-2tone": true}

// coreSound checks a text of the form "core:NAME".
func (b *builder) coreSound(sound, language string, path ...string) {
	_, ships := coreLengths()[sound]
	if own := b.sounds; own != nil {
		ships = own(sound)
	}
	switch {
	case !ships:
		b.refuse("core", fmt.Sprintf("no recorded sound of Asterisk is called %q%s; correct the name, or write a text", sound, yamlfile.DidYouMean(sound, sortedKeys(coreLengths()))), path...)
	case language != en && !strings.HasPrefix(language, en+"-") && !wordless[sound]:
		b.refuse("core", fmt.Sprintf("core:%s is spoken in English; write a text in %q, which can be recorded too", sound, language), path...)
	}
}
