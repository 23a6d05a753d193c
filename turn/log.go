package turn

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// quietLogger passes Pion's warnings and errors on at debug level: most can be
// provoked by anybody who connects. Its lower levels are dropped, as they name
// usernames and speak once per packet.
type quietLogger struct{ log *slog.Logger }

// NewLogger is Pion's seam for a logger per scope; all scopes are one here.
func (l quietLogger) NewLogger(string) logging.LeveledLogger { return l }

func (quietLogger) Trace(string)          {}
func (quietLogger) Tracef(string, ...any) {}
func (quietLogger) Debug(string)          {}
func (quietLogger) Debugf(string, ...any) {}
func (quietLogger) Info(string)           {}
func (quietLogger) Infof(string, ...any)  {}

func (l quietLogger) Warn(msg string)                   { l.emit("%s", msg) }
func (l quietLogger) Warnf(format string, args ...any)  { l.emit(format, args...) }
func (l quietLogger) Error(msg string)                  { l.emit("%s", msg) }
func (l quietLogger) Errorf(format string, args ...any) { l.emit(format, args...) }

func (l quietLogger) emit(format string, args ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug("turn library", "reason", fmt.Sprintf(format, args...))
	}
}
