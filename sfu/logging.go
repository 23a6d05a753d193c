package sfu

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// quiet hands Pion's warnings and errors to slog at debug level. Below that Pion speaks per packet and is not heard.
type quiet struct{ log *slog.Logger }

// NewLogger implements logging.LoggerFactory.
func (q quiet) NewLogger(scope string) logging.LeveledLogger {
	return quietScope{q.log, "pion " + scope + ": "}
}

type quietScope struct {
	log   *slog.Logger
	scope string
}

func (q quietScope) Trace(string)          {}
func (q quietScope) Tracef(string, ...any) {}
func (q quietScope) Debug(string)          {}
func (q quietScope) Debugf(string, ...any) {}
func (q quietScope) Info(string)           {}
func (q quietScope) Infof(string, ...any)  {}
func (q quietScope) Warn(m string)         { q.log.Debug(q.scope + m) }
func (q quietScope) Error(m string)        { q.log.Debug(q.scope + m) }

func (q quietScope) Warnf(format string, args ...any)  { q.printf(format, args) }
func (q quietScope) Errorf(format string, args ...any) { q.printf(format, args) }

func (q quietScope) printf(format string, args []any) {
	if q.log.Enabled(context.Background(), slog.LevelDebug) {
		q.log.Debug(q.scope + fmt.Sprintf(format, args...))
	}
}
