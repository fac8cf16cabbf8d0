package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"presszero/internal/settings"
	"presszero/ivr"
	"presszero/journal"
)

// fate is what becomes of a file or folder of the state folder.
type fate int

const (
	kept   fate = iota // it is in every backup, as it is, and linked to the one before
	closed             // it is in state.age: numbers, names, voices
	listed             // it is in erased.age, which is read when another backup is restored, too
	secret             // it is in secrets.age
	left               // it is made anew, or of no use elsewhere
)

// part is a file or folder of the state folder.
type part struct {
	name string
	fate fate
	why  string
}

// parts says of everything in the state folder whether it is in a backup. A test holds
// that nothing is missing here.
var parts = []part{
	{"archive-index", kept, "what opens recorded talks and messages, for who has the key"},
	{"recordings", kept, "sounds uploaded that belong to no flow"},
	{"sounds/made", kept, "the very sounds that callers heard: consent names them"},
	{"flows", kept, "each flow that was served"},
	{"trunks.good.yaml", kept, "the trunks that were taken last"},

	{"journal", closed, "the facts that Postgres lacks; what a restart replays"},
	{"spool/talks", closed, "what was captured of talks that are not in the archive yet"},
	{"archive-index/held", closed, "why recordings and messages are held, in somebody's words"},
	{"messages", closed, "what callers said, where it is not in the archive yet"},
	{"outgoing", closed, "calls that count against limits; the kill switch"},
	{"users.json", closed, "who may sign in while Postgres is down"},
	{"audit.waiting", closed, "acts that Postgres has not got"},
	{"beat", closed, "when open calls were last known to be there"},
	{"forgetting.json", closed, "who is still to be forgotten"},

	{"erased", listed, "who stays forgotten, as hashes, and the key by which numbers could be guessed"},

	{"archive-keys", secret, "the keys of the archive"},
	{"secrets", secret, "the key of caller keys, and those that are made of it"},
	{"secrets.copy", secret, "the same"},
	{"passwords", secret, "of the first users"},
	{"tls", secret, "the certificate and its key"},
	{"env", secret, "the settings in force, among them passwords of services"},

	{"archive", left, "ARCHIVE names it: see outside"},
	{"prompts", left, "PROMPTS names it: see outside"},
	{"postgres", left, "it is in the dump"},
	{"notices.claims", left, "which notices were being tried"},
	{"sessions.json", left, "who was signed in signs in again"},
	{"asterisk", left, "made anew"},
	{"sounds/spoken", left, "spoken anew"},
	{"log", left, ""},
	{"pids", left, ""},
	{"control", left, ""},
	{"health", left, ""},
	{"media", left, ""},
	{"program", left, ""},
	{"carrier", left, ""},
	{"restored", left, "what a restore has put aside"},
	{settings.Restoring, left, "of an unfinished restore"},
}

// copyParts copies what is kept as it is.
func copyParts(ctx context.Context, c *copier, s settings.Settings) error {
	for _, p := range parts {
		if p.fate != kept {
			continue
		}
		apart := func(file string) bool { return fateOf(filepath.Join(p.name, file)) == kept && whole(file) }
		if err := c.tree(ctx, s.Path(p.name), filepath.Join(stateFolder, p.name), apart); err != nil {
			return err
		}
	}
	return nil
}

// addParts adds what has one fate to a bundle, but the journal and the talks, which have
// their time.
func addParts(ctx context.Context, b *bundle, s settings.Settings, of fate) error {
	for _, p := range parts {
		if p.fate != of || p.name == "journal" || p.name == "spool/talks" {
			continue
		}
		if err := b.tree(ctx, s.Path(p.name), filepath.Join(stateFolder, p.name), whole); err != nil {
			return err
		}
	}
	return nil
}

// fateOf is that of a file of the state folder: of the part with the longest name.
func fateOf(file string) fate {
	found := part{fate: left}
	for _, p := range parts {
		if (file == p.name || strings.HasPrefix(file, p.name+"/")) && len(p.name) > len(found.name) {
			found = p
		}
	}
	return found.fate
}

// whole tells files from those that are being written (package atomicfile).
func whole(file string) bool {
	name := filepath.Base(file)
	return !strings.HasPrefix(name, ".new-") && !strings.Contains(name, ".new-")
}

// addJournal adds the journal's segments and its id.
func addJournal(ctx context.Context, b *bundle, s settings.Settings) error {
	return b.tree(ctx, s.Path("journal"), filepath.Join(stateFolder, "journal"), journal.IsPart)
}

// addTalks adds what was captured of talks that are not in the archive yet, by us and by
// Asterisk, of one that goes on what there is, and returns how many talks.
func addTalks(ctx context.Context, b *bundle, s settings.Settings) (int, error) {
	talks := map[string]bool{}
	of := func(ending string) func(file string) bool {
		return func(file string) bool {
			name, yes := strings.CutSuffix(file, ending)
			if yes {
				talks[strings.TrimSuffix(name, filepath.Ext(name))] = true // RECORDING.PART.pkt, RECORDING.SIDE.ulaw
			}
			return yes
		}
	}
	err := b.tree(ctx, s.Path("spool", "talks"), filepath.Join(stateFolder, "spool", "talks"), of(".pkt"))
	if s.Recordings != "" {
		err = errors.Join(err, b.tree(ctx, s.Recordings, sidesFolder, of(".ulaw")))
	}
	return len(talks), err
}

// named are files and folders that settings name, by their place in the backup.
type named struct{ name, path string }

// outside are those that may lie outside of the state folder: the archive, the recordings
// of prompts, the operator's flow with the files that it includes, and the trunks. A body
// is written before its entry of the index: so the archive comes after the index.
func outside(s settings.Settings) []named {
	list := []named{{"archive", s.Archive}, {"prompts", s.Prompts}}
	if s.Flow != "" {
		list = append(list, named{"flow/" + filepath.Base(s.Flow), s.Flow})
		if flow, err := ivr.Load(s.Flow); err == nil { // a file with errors includes what nobody knows
			for _, name := range ivr.Included(flow.Text) {
				list = append(list, named{"flow/" + name, filepath.Join(filepath.Dir(s.Flow), filepath.FromSlash(name))})
			}
		}
	}
	if s.Trunks != "" {
		list = append(list, named{"trunks/" + filepath.Base(s.Trunks), s.Trunks})
	}
	return list
}

// copyOutside copies them, and returns which of the operator's files are not there: the
// program serves the last good ones, which are in the state folder. An archive that is not
// there is an error.
func copyOutside(ctx context.Context, c *copier, s settings.Settings) (absent []string, err error) {
	for _, f := range outside(s) {
		if _, err := os.Stat(f.path); errors.Is(err, fs.ErrNotExist) && !within(s.StateDir, f.path) {
			if f.name == "archive" {
				return nil, fmt.Errorf("the archive (PRESSZERO_ARCHIVE) is not there: %w", err)
			}
			absent = append(absent, f.path)
			continue
		}
		if err := c.tree(ctx, f.path, filepath.Join(setFolder, filepath.FromSlash(f.name)), whole); err != nil {
			return nil, err
		}
	}
	return absent, nil
}

// whereItRuns has the paths of the settings begin where the program was started, which
// need not be where the backup is.
func whereItRuns(s settings.Settings) settings.Settings {
	pid, err := os.ReadFile(s.Path("pids", "serve"))
	if err != nil {
		return s
	}
	folder, err := os.Readlink(filepath.Join("/proc", strings.TrimSpace(string(pid)), "cwd"))
	if err != nil {
		return s
	}
	for _, path := range []*string{&s.Flow, &s.Trunks, &s.Prompts, &s.Archive, &s.Recordings, &s.TLSCert, &s.TLSKey} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(folder, *path)
		}
	}
	return s
}

// within reports whether a path is a folder or below it, whatever links lead there.
func within(folder, path string) bool {
	rel, err := filepath.Rel(real(folder), real(path))
	return err == nil && filepath.IsLocal(rel)
}

// real is an absolute path without links, as far as it is there.
func real(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if there, err := filepath.EvalSymlinks(path); err == nil {
		return there
	}
	if parent := filepath.Dir(path); parent != path {
		return filepath.Join(real(parent), filepath.Base(path))
	}
	return path
}
