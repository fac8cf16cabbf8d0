package media

import (
	"testing"
)

// The keys may be agreed on before the news has come that ICE reaches the page. A page that
// was never heard is not announced as gone; one that was heard is, once.
func TestKeysBeforeTheNewsOfICE(t *testing.T) {
	t.Parallel()
	s := &seat{name: "ana", engine: &Local{mail: newPublisher()}}
	p := &page{link: new(link), successor: true}
	s.page.Store(p)
	p.link.keys.Store(new(keys))
	p.checkState(s)
	if p.told != "" {
		t.Errorf("a page that ICE has not reached yet was announced as %s", p.told)
	}

	p.told = Connected // as if its voice had been heard
	p.checkState(s)
	if p.told != Disconnected {
		t.Errorf("a page that ICE does not reach any more is %s", p.told)
	}
}
