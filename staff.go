package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"jalsa/booking"
)

// staffCommand is for the accounts that no page can make yet, and for those who cannot get in any more.
type staffCommand struct {
	Add      staffAddCommand      `cmd:"" help:"Make an account: the operator's, or with --institution one of an institution."`
	List     staffListCommand     `cmd:"" help:"Print all accounts."`
	Disable  staffDisableCommand  `cmd:"" help:"Sign somebody out at once, out of hearings too, and do not let them sign in again."`
	Password staffPasswordCommand `cmd:"" help:"Set a new password; sessions of the account end."`
}

// staffRequest is what these commands ask of the server.
type staffRequest struct {
	Institution string `json:"institution,omitempty"` // name in any language, or id
	Login       string `json:"login,omitempty"`
	Name        string `json:"name,omitempty"`
	Role        string `json:"role,omitempty"`
	Language    string `json:"language,omitempty"`
	Password    string `json:"password,omitempty"`
}

// staffMember is an account as it is printed.
type staffMember struct {
	Institution string `json:"institution"` // name; "" for operators
	Login       string `json:"login"`
	Name        string `json:"name"`
	Role        string `json:"role"`
	Disabled    bool   `json:"disabled"`
}

type passwordFlag struct {
	PasswordStdin bool `help:"Read the password from the first line of standard input instead of asking."`
}

type staffAddCommand struct {
	Login       string `help:"E-mail address to sign in with." required:"" placeholder:"ADDRESS"`
	Name        string `help:"Name, as citizens will see it." required:"" placeholder:"NAME"`
	Role        string `help:"One of ${enum}. Operators are admins. Default: ${default}." enum:"admin,clerk,magistrate,prosecutor,official" default:"admin" placeholder:"ROLE"`
	Institution string `help:"Name or id of the institution. Without it the account is an operator's: it makes institutions and sees the machine, and no hearing." placeholder:"NAME"`
	Language    string `help:"Language of its pages: fr, ar, en. Default: ${default}." default:"fr" placeholder:"CODE"`
	passwordFlag
}

func (c *staffAddCommand) Run(t terminal, s *settings) error {
	password, err := c.read(t)
	if err != nil {
		return err
	}
	var made staffMember
	in := staffRequest{c.Institution, c.Login, c.Name, c.Role, c.Language, password}
	if err := ask(t.ctx, s.Data, "/staff/add", in, &made); err != nil {
		return err
	}
	where := "the operation of this server"
	if made.Institution != "" {
		where = made.Institution
	}
	fmt.Fprintf(t.out, "%s is %s of %s and signs in at /staff\n", made.Login, made.Role, where)
	return nil
}

type staffListCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *staffListCommand) Run(t terminal, s *settings) error {
	var all []staffMember
	if err := ask(t.ctx, s.Data, "/staff/list", struct{}{}, &all); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(t.out, all)
	}
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, m := range all {
		where, state := m.Institution, ""
		if where == "" {
			where = "(operator)"
		}
		if m.Disabled {
			state = "disabled"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", m.Login, m.Name, m.Role, where, state)
	}
	return table.Flush()
}

type staffDisableCommand struct {
	Login string `arg:"" help:"E-mail address of the account."`
}

func (c *staffDisableCommand) Run(t terminal, s *settings) error {
	var done staffMember
	if err := ask(t.ctx, s.Data, "/staff/disable", staffRequest{Login: c.Login}, &done); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s is disabled\n", done.Login)
	return nil
}

type staffPasswordCommand struct {
	Login string `arg:"" help:"E-mail address of the account."`
	passwordFlag
}

func (c *staffPasswordCommand) Run(t terminal, s *settings) error {
	password, err := c.read(t)
	if err != nil {
		return err
	}
	var done staffMember
	if err := ask(t.ctx, s.Data, "/staff/password", staffRequest{Login: c.Login, Password: password}, &done); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s has a new password; all its sessions have ended\n", done.Login)
	return nil
}

// read gets a new password without showing it: from the terminal, twice, or from standard input.
func (p passwordFlag) read(t terminal) (string, error) {
	if p.PasswordStdin {
		line, err := bufio.NewReader(io.LimitReader(t.in, 4096)).ReadString('\n')
		if err != nil && err != io.EOF {
			return "", fmt.Errorf("read password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	file, ok := t.in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return "", errors.New("there is no terminal to ask for the password: give it with --password-stdin")
	}
	password, err := hidden(t, file, "Password (12 characters or more): ")
	if err != nil {
		return "", err
	}
	again, err := hidden(t, file, "Once more: ")
	if err == nil && again != password {
		err = errors.New("the two passwords differ")
	}
	return password, err
}

// hidden reads a line without echo. An interrupt gives the terminal its echo back.
func hidden(t terminal, file *os.File, prompt string) (string, error) {
	fd := int(file.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	type line struct {
		text []byte
		err  error
	}
	typed := make(chan line, 1)
	fmt.Fprint(t.err, prompt)
	go func() { // ends with the process if nobody types
		text, err := term.ReadPassword(fd)
		typed <- line{text, err}
	}()
	defer fmt.Fprintln(t.err)
	select {
	case l := <-typed:
		return string(l.text), l.err
	case <-t.ctx.Done():
		return "", errors.Join(errors.New("interrupted"), term.Restore(fd, before))
	}
}

// serveStaff adds what the commands ask for to the admin socket.
func (s *server) serveStaff(mux *http.ServeMux) {
	mux.HandleFunc("POST /staff/add", answer(func(r staffRequest) (any, error) {
		at, err := s.institutionNamed(r.Institution)
		if err != nil {
			return nil, err
		}
		a, err := s.store.PutAccount(booking.Account{
			Institution: at, Login: r.Login, Name: r.Name, Role: booking.StaffRole(r.Role), Language: r.Language,
		}, r.Password, operator)
		if err != nil {
			return nil, err
		}
		return s.staffMember(a)
	}))
	mux.HandleFunc("POST /staff/list", answer(func(struct{}) (any, error) { return s.allStaff() }))
	mux.HandleFunc("POST /staff/disable", answer(func(r staffRequest) (any, error) {
		return s.changeStaff(r.Login, "", func(a *booking.Account) { a.Disabled = true })
	}))
	mux.HandleFunc("POST /staff/password", answer(func(r staffRequest) (any, error) {
		if r.Password == "" {
			return nil, &booking.FieldError{Field: "password", Code: "missing"}
		}
		return s.changeStaff(r.Login, r.Password, func(*booking.Account) {})
	}))
}

func (s *server) changeStaff(login, password string, change func(*booking.Account)) (any, error) {
	a, err := s.store.AccountOf(login)
	if errors.Is(err, booking.ErrNotFound) {
		return nil, fmt.Errorf("%w: nobody signs in as %q", err, login)
	}
	if err != nil {
		return nil, err
	}
	change(&a)
	if a, err = s.store.PutAccount(a, password, operator); err != nil {
		return nil, err
	}
	return s.staffMember(a)
}

// institutionNamed finds an institution by its id or its name in any language; "" is the operator's.
func (s *server) institutionNamed(wanted string) (id string, err error) {
	if wanted == "" {
		return "", nil
	}
	all, err := s.store.Institutions()
	if err != nil {
		return "", err
	}
	var found []string
	for _, i := range all {
		if i.ID == wanted {
			return i.ID, nil
		}
		for _, name := range i.Name {
			if strings.EqualFold(strings.TrimSpace(name), strings.TrimSpace(wanted)) {
				found = append(found, i.ID)
				break
			}
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("institution %w: none has the name or id %q; an operator makes them at /staff/institutions", booking.ErrNotFound, wanted)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%d institutions are called %q; give the id: %s", len(found), wanted, strings.Join(found, ", "))
}

func (s *server) allStaff() ([]staffMember, error) {
	institutions, err := s.store.Institutions()
	if err != nil {
		return nil, err
	}
	all := []staffMember{}
	for _, i := range append([]booking.Institution{{}}, institutions...) {
		accounts, err := s.store.Accounts(i.ID)
		if err != nil {
			return nil, err
		}
		for _, a := range accounts {
			all = append(all, staffMember{i.Name.In("fr"), a.Login, a.Name, string(a.Role), a.Disabled})
		}
	}
	return all, nil
}

func (s *server) staffMember(a booking.Account) (staffMember, error) {
	m := staffMember{"", a.Login, a.Name, string(a.Role), a.Disabled}
	if a.Operates() {
		return m, nil
	}
	i, err := s.store.Institution(a.Institution)
	m.Institution = i.Name.In("fr")
	return m, err
}
