package sfu

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/pion/logging"
	"golang.org/x/time/rate"
)

// Pion warns of single packets; whoever sends them must not fill a disk.
const (
	wordRate  = 5 // lines a second
	wordBurst = 50
)

// quiet hands some of Pion's warnings and errors to slog at debug level. Below that Pion speaks per packet and is not
// heard.
type quiet struct {
	log   *slog.Logger
	now   func() time.Time
	words *rate.Limiter
}

func newQuiet(log *slog.Logger, now func() time.Time) quiet {
	return quiet{log, now, rate.NewLimiter(wordRate, wordBurst)}
}

// NewLogger implements logging.LoggerFactory.
func (q quiet) NewLogger(scope string) logging.LeveledLogger {
	return quietScope{q, "pion " + scope + ": "}
}

type quietScope struct {
	quiet
	scope string
}

func (q quietScope) Trace(string)          {}
func (q quietScope) Tracef(string, ...any) {}
func (q quietScope) Debug(string)          {}
func (q quietScope) Debugf(string, ...any) {}
func (q quietScope) Info(string)           {}
func (q quietScope) Infof(string, ...any)  {}
func (q quietScope) Warn(m string)         { q.printf("%s", m) }
func (q quietScope) Error(m string)        { q.printf("%s", m) }

func (q quietScope) Warnf(format string, args ...any)  { q.printf(format, args...) }
func (q quietScope) Errorf(format string, args ...any) { q.printf(format, args...) }

func (q quietScope) printf(format string, args ...any) {
	if q.log.Enabled(context.Background(), slog.LevelDebug) && q.words.AllowN(q.now(), 1) {
		q.log.Debug(q.scope + fmt.Sprintf(format, args...))
	}
}
