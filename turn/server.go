package turn

import (
	"log/slog"
	"net"
	"time"
)

type Config struct {
	Realm     string
	Relay     func() (net.PacketConn, error)
	MediaAddr net.Addr
	Allowed   func(user string) bool
	Now       func() time.Time
	Logger    *slog.Logger
}

type Server struct{}

func New(config Config) (*Server, error)                        { return &Server{}, nil }
func (s *Server) Serve(l net.Listener) error                    { return net.ErrClosed }
func (s *Server) Close() error                                  { return nil }
func (s *Server) Stats() Stats                                  { return Stats{} }
func (s *Server) Issue(user string) (username, password string) { return "", "" }
func (s *Server) Revoke(user string)                            {}
func Split(l net.Listener) (web, stun net.Listener)             { return l, l }

type Stats struct{}
