package settings

import (
	"testing"

	"presszero/internal/starttest"
)

// TestSecretsAtTheStart: they are the same after a restart, whatever has
// happened to one of the two files; if both are damaged, new ones are made.
func TestSecretsAtTheStart(t *testing.T) {
	t.Parallel()
	for damage, do := range starttest.Damages {
		for _, file := range []string{"secrets", "secrets.copy"} {
			s := Settings{StateDir: t.TempDir()}
			first, err := LoadSecrets(s)
			must(t, err)
			do(t, s.Path(file))
			for range 2 {
				k, err := LoadSecrets(s)
				must(t, err)
				if k.ARIPassword != first.ARIPassword || string(k.CallerKey) != string(first.CallerKey) {
					t.Errorf("%s %s: they are others", file, damage)
				}
				if loud := damage != "missing"; loud != (len(k.Trouble) > 0) {
					t.Errorf("%s %s: it says %q", file, damage, k.Trouble)
				}
			}
			do(t, s.Path("secrets"))
			do(t, s.Path("secrets.copy"))
			k, err := LoadSecrets(s)
			must(t, err)
			again, err := LoadSecrets(s)
			must(t, err)
			if len(k.CallerKey) == 0 || string(k.CallerKey) != string(again.CallerKey) || damage != "missing" && len(again.Trouble) == 0 {
				t.Errorf("both %s: %q", damage, again.Trouble)
			}
		}
	}
}
