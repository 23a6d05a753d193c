package web

import (
	"fmt"
	"net/http"
	"time"

	"jalsa/booking"
)

// What can be booked: institutions, their services, and what one should know of a service before choosing a time.

// offered is an entry of a list that leads on.
type offered struct {
	Name, About phrase
	Href        string
	Minutes     int // of a service
}

// offerView is what templates/institutions.html and institution.html show.
type offerView struct {
	frame
	Institution  phrase
	About        phrase
	Phone, Email string
	Offers       []offered
	Back         string
}

// institutions serves GET /book/.
func (s *site) institutions(w http.ResponseWriter, r *http.Request) error {
	v := s.bookVisitor(w, r)
	offers, err := s.offers(v)
	if err != nil {
		return err
	}
	view := offerView{frame: s.frame(v, v.text("book.institutions.title")), Offers: offers, Back: v.link("/")}
	return s.render(w, r, v, "institutions", http.StatusOK, view)
}

// offers lists the institutions at which something can be booked.
func (s *site) offers(v visitor) ([]offered, error) {
	all, err := s.Bookings.Institutions()
	if err != nil {
		return nil, fmt.Errorf("list institutions: %w", err)
	}
	var offers []offered
	for _, i := range all {
		if i.Hidden {
			continue
		}
		services, err := s.Bookings.Services(i.ID)
		if err != nil {
			return nil, fmt.Errorf("list services: %w", err)
		}
		for _, service := range services {
			if !service.Hidden {
				offers = append(offers, offered{Name: v.phrase(i.Name), About: v.phrase(i.About), Href: v.link("/book/" + i.ID + "/")})
				break
			}
		}
	}
	return offers, nil
}

// services serves GET /book/{institution}/.
func (s *site) services(w http.ResponseWriter, r *http.Request) error {
	institution, err := s.Bookings.Institution(r.PathValue("institution"))
	if err != nil {
		return fmt.Errorf("find institution: %w", err)
	}
	if institution.Hidden {
		return errNotFound
	}
	all, err := s.Bookings.Services(institution.ID)
	if err != nil {
		return fmt.Errorf("list services: %w", err)
	}
	v := s.bookVisitor(w, r)
	view := offerView{
		frame:       s.frame(v, v.text("book.services.title")),
		Institution: v.phrase(institution.Name), About: v.phrase(institution.About),
		Phone: institution.Phone, Email: institution.Email,
		Back: v.link("/book/"),
	}
	for _, service := range all {
		if !service.Hidden {
			view.Offers = append(view.Offers, offered{
				Name: v.phrase(service.Name), About: v.phrase(service.About),
				Href:    v.link("/book/" + institution.ID + "/" + service.ID + "/"),
				Minutes: int(service.Duration / time.Minute),
			})
		}
	}
	return s.render(w, r, v, "institution", http.StatusOK, view)
}

// serviceView is what templates/service.html shows.
type serviceView struct {
	frame
	Institution, Service phrase
	About, Who           phrase
	Prepare              []phrase
	Minutes, Hours       int // length; the citizen may change it until so many hours before
	Accepted             bool
	Start, Back          string
}

// service serves GET /book/{institution}/{service}/.
func (s *site) service(w http.ResponseWriter, r *http.Request) error {
	institution, service, err := s.bookable(r)
	if err != nil {
		return err
	}
	v := s.bookVisitor(w, r)
	address := "/book/" + institution.ID + "/" + service.ID + "/"
	view := serviceView{
		frame:       s.frame(v, v.phrase(service.Name).Text),
		Institution: v.phrase(institution.Name), Service: v.phrase(service.Name),
		About: v.phrase(service.About), Who: v.phrase(service.Who),
		Minutes: int(service.Duration / time.Minute), Hours: int(service.Cutoff / time.Hour),
		Accepted: service.Accepted,
		Start:    v.link(address+"slots", keyField, newKey()),
		Back:     v.link("/book/" + institution.ID + "/"),
	}
	for _, t := range service.Prepare {
		view.Prepare = append(view.Prepare, v.phrase(t))
	}
	return s.render(w, r, v, "service", http.StatusOK, view)
}

// bookable returns the service that the address names, if citizens may see it.
func (s *site) bookable(r *http.Request) (booking.Institution, booking.Service, error) {
	service, err := s.Bookings.Service(r.PathValue("service"))
	if err != nil {
		return booking.Institution{}, service, fmt.Errorf("find service: %w", err)
	}
	institution, err := s.Bookings.Institution(service.Institution)
	if err != nil {
		return institution, service, fmt.Errorf("find institution: %w", err)
	}
	if service.Hidden || institution.Hidden || institution.ID != r.PathValue("institution") {
		return institution, service, errNotFound
	}
	return institution, service, nil
}
