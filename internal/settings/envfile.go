package settings

import (
	"fmt"
	"reflect"
	"strings"
)

// Env returns the settings as KEY=value lines, for children and for scripts.
func (s Settings) Env() []string {
	var lines []string
	v := reflect.ValueOf(s)
	for i := range v.NumField() {
		name := "PRESSZERO_" + v.Type().Field(i).Tag.Get("envconfig")
		value := fmt.Sprint(v.Field(i).Interface())
		if list, ok := v.Field(i).Interface().([]string); ok {
			value = strings.Join(list, ",")
		}
		if value != "" && value != "0" {
			lines = append(lines, name+"="+value)
		}
	}
	return lines
}

// EnvFile returns the settings as a file that sh and systemd read alike: each
// value in double quotes, unless it is plain.
func (s Settings) EnvFile() string {
	var text strings.Builder
	for _, line := range s.Env() {
		name, value, _ := strings.Cut(line, "=")
		if strings.ContainsFunc(value, notPlain) {
			value = `"` + quoting.Replace(value) + `"`
		}
		fmt.Fprintf(&text, "%s=%s\n", name, value)
	}
	return text.String()
}

// ReadEnvFile reads what EnvFile wrote, and returns the values by name. Values without quotes are taken as they
// are, as versions before wrote them.
func ReadEnvFile(text string) map[string]string {
	env := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "=")
		if !ok {
			continue
		}
		if inner, quoted := strings.CutPrefix(value, `"`); quoted {
			value = unquoting.Replace(strings.TrimSuffix(inner, `"`))
		}
		env[name] = value
	}
	return env
}

// In double quotes sh and systemd know these four signs, and no others.
var (
	quoting   = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`")
	unquoting = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\$`, `$`, "\\`", "`")
)

// notPlain reports whether a sign may mean something to a shell.
func notPlain(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_./:@%+,=-", r))
}
