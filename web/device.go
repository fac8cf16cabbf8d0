package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A device on which a user has signed in keeps a cookie that says so: its
// own number, and for each person a signature of number and name. It opens
// nothing; see tries.

const (
	deviceLifetime = 365 * 24 * time.Hour
	devicePeople   = 10 // the last who have signed in on a device
)

// devices makes and reads these cookies.
type devices struct {
	key    []byte
	cookie http.Cookie // without a value
}

func newDevices(key []byte, secure bool) *devices {
	if len(key) == 0 {
		key = make([]byte, 32)
		_, _ = rand.Read(key) // never fails (crypto/rand)
	}
	name := "presszero-device"
	if secure {
		name = "__Host-" + name
	}
	return &devices{key, http.Cookie{Name: name, Path: "/", Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		MaxAge: int(deviceLifetime.Seconds())}}
}

// known returns the number of the device, if name has signed in on it; else "".
func (d *devices) known(r *http.Request, name string) string {
	number, people := d.parseCookie(r)
	if number != "" && slices.Contains(people, d.signature(number, name)) {
		return number
	}
	return ""
}

// remember marks the device as one on which name has signed in.
func (d *devices) remember(w http.ResponseWriter, r *http.Request, name string) {
	number, people := d.parseCookie(r)
	if number == "" {
		number, people = rand.Text(), nil
	}
	own := d.signature(number, name)
	people = slices.DeleteFunc(people, func(p string) bool { return p == own })
	people = append([]string{own}, people...)
	c := d.cookie
	c.Value = number + "." + strings.Join(people[:min(len(people), devicePeople)], ".")
	http.SetCookie(w, &c)
}

// parseCookie takes a cookie apart; what it says is proved by known only.
func (d *devices) parseCookie(r *http.Request) (number string, people []string) {
	c, err := r.Cookie(d.cookie.Name)
	if err != nil || len(c.Value) > 1000 {
		return "", nil
	}
	parts := strings.Split(c.Value, ".")
	return parts[0], parts[1:]
}

func (d *devices) signature(number, name string) string {
	m := hmac.New(sha256.New, d.key)
	m.Write([]byte(number + "." + name)) // a number has no dot
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:16])
}
