package media

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// pionLogs lets the WebRTC library write into our log. What it calls a warning
// or an error is mostly a page that left or a scanner that knocked, so each
// level is taken one step down; its chatter below that is dropped unformatted.
type pionLogs struct{ log *slog.Logger }

func (l pionLogs) NewLogger(scope string) logging.LeveledLogger {
	return pionLog{l.log.With("scope", scope)}
}

type pionLog struct{ log *slog.Logger }

func (pionLog) Trace(string)          {}
func (pionLog) Tracef(string, ...any) {}
func (pionLog) Debug(string)          {}
func (pionLog) Debugf(string, ...any) {}
func (pionLog) Info(string)           {}
func (pionLog) Infof(string, ...any)  {}

func (l pionLog) Warn(msg string)                   { l.log.Debug(msg) }
func (l pionLog) Warnf(format string, args ...any)  { l.printf(slog.LevelDebug, format, args) }
func (l pionLog) Error(msg string)                  { l.log.Info(msg) }
func (l pionLog) Errorf(format string, args ...any) { l.printf(slog.LevelInfo, format, args) }

func (l pionLog) printf(level slog.Level, format string, args []any) {
	if ctx := context.Background(); l.log.Enabled(ctx, level) {
		l.log.Log(ctx, level, fmt.Sprintf(format, args...))
	}
}
