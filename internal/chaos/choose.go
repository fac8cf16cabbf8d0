package chaos

import (
	"errors"
	"fmt"
	"io"
)

// Choose returns every mode if all, else the modes of these names. No name and an
// unknown name are errors.
func Choose(all bool, names []string) ([]Mode, error) {
	if all {
		return Modes(), nil
	}
	if len(names) == 0 {
		return nil, errors.New("say what to break: --all, or --mode NAME; --list names the modes")
	}
	var modes []Mode
	for _, name := range names {
		m, err := Find(name)
		if err != nil {
			return nil, err
		}
		modes = append(modes, m)
	}
	return modes, nil
}

// List names the modes, a line each with its deed, and what cannot be shown here.
func List(to io.Writer) {
	for _, m := range Modes() {
		fmt.Fprintf(to, "%-26s%s\n", m.Name, m.Deed)
		if why := m.unfit(); why != "" {
			fmt.Fprintf(to, "%-26snot here: %s\n", "", why)
		}
	}
	fmt.Fprintln(to, "\nNot to be shown here:")
	for _, n := range Not {
		fmt.Fprintf(to, "%-26s%s\n", n.Name, n.Why)
	}
}

// unfit says why the mode cannot be played on this machine; "": it can.
func (m Mode) unfit() string {
	if m.Unfit == nil {
		return ""
	}
	return m.Unfit()
}
