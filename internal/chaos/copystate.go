package chaos

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// CopyState copies the parts of a state folder that a first start takes time for:
// the database, users, secrets and spoken sounds. No program may run in from.
func CopyState(ctx context.Context, from, to string) error {
	if _, err := os.Stat(filepath.Join(from, "postgres", "data", "postmaster.pid")); err == nil {
		return fmt.Errorf("the database in %s is running; stop it before its state is copied", from)
	}
	for _, part := range []string{"sounds", "postgres", "passwords", "secrets", "secrets.copy", "users.json"} {
		out, err := exec.CommandContext(ctx, "cp", "-a", filepath.Join(from, part), to).CombinedOutput()
		if err != nil {
			return fmt.Errorf("copy the state folder %s: %w: %s", from, err, bytes.TrimSpace(out))
		}
	}
	return nil
}
