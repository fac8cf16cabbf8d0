package lookup

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Why a question is not asked, or its answer is none.
var (
	errMethod   = errors.New("the method is neither GET nor POST")
	errAddress  = errors.New("the address is not one that can be asked")
	errHost     = errors.New("the host is not on the list of allowed services; add it to services in the flow file")
	errPrivate  = errors.New("the host's address is not public; allow its network if it is yours")
	errRedirect = errors.New("the service answered with a redirect, which is not followed; ask the final address")
	errNotJSON  = errors.New("the answer is not JSON")
	errTooLong  = fmt.Errorf("the answer is longer than %d KiB", bodyMax>>10)
)

// noneOfOurs is a clear no (404: no such order). The service is well.
type noneOfOurs struct{ status int }

func (e noneOfOurs) Error() string {
	return fmt.Sprintf("the service answered with status %d", e.status)
}

// status is an answer of a service that is not well.
type status int

func (e status) Error() string { return fmt.Sprintf("the service answered with status %d", int(e)) }

// newTransport connects to what the permit allows. No proxy: it would connect
// where we may not look.
func (c *Client) newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: within, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !c.permit.Load().reachable(to.Addr()) {
			return errPrivate // here, after the name was resolved: a name cannot change its mind between check and use
		}
		return nil
	}}
	return &http.Transport{Proxy: nil, DialContext: dialer.DialContext, ForceAttemptHTTP2: true, DisableCompression: true,
		MaxResponseHeaderBytes: headMax, TLSHandshakeTimeout: within, IdleConnTimeout: keepOpen,
		MaxIdleConns: 2 * atOnce, MaxIdleConnsPerHost: atOnce}
}

// request makes the question's request if it may be asked.
func (c *Client) request(ctx context.Context, q question) (r *http.Request, host string, err error) {
	if q.Method != http.MethodGet && q.Method != http.MethodPost {
		return nil, "", errMethod
	}
	address, text := q.Request()
	u, err := url.Parse(address)
	if err != nil || usualPort[u.Scheme] == "" || u.Hostname() == "" || u.User != nil || climbs(u.Path) {
		return nil, "", errAddress
	}
	host = hostPort(u)
	if !c.permit.Load().hosts[host] {
		return nil, "", errHost // the host may hold what the caller typed
	}
	var body io.Reader
	if q.Method == http.MethodPost && text != "" {
		body = strings.NewReader(text)
	}
	if r, err = http.NewRequestWithContext(ctx, q.Method, u.String(), body); err != nil {
		return nil, host, errAddress
	}
	r.Header.Set("User-Agent", "presszero")
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, host, nil
}

// climbs reports whether a path leaves its place. A caller's number is what
// the caller's telephone says it is, and may be "..".
func climbs(path string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' }),
		func(part string) bool { return part == "." || part == ".." })
}

// fetch sends a request and reads the wanted fields of its answer.
func (c *Client) fetch(r *http.Request, wanted []string) (map[string]string, error) {
	response, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	switch code := response.StatusCode; {
	case code >= 500 || code == http.StatusTooManyRequests:
		return nil, status(code)
	case code >= 400:
		return nil, noneOfOurs{code}
	case code >= 300:
		return nil, errRedirect
	}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return nil, errNotJSON
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, bodyMax+1))
	if err != nil {
		return nil, err
	}
	if len(body) > bodyMax {
		return nil, errTooLong
	}
	return fields(body, wanted)
}

// fields takes the wanted values out of a JSON answer, by dotted paths. What
// is not there, or is no text, number or boolean, is left out.
func fields(body []byte, wanted []string) (map[string]string, error) {
	var answer any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // an order's number is not to be rounded
	if err := d.Decode(&answer); err != nil {
		return nil, errNotJSON
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errNotJSON
	}
	found := map[string]string{}
	for _, path := range wanted {
		at := answer
		for name := range strings.SplitSeq(path, ".") {
			object, _ := at.(map[string]any)
			at = object[name]
		}
		switch at.(type) {
		case string, json.Number, bool:
			found[path] = fmt.Sprint(at)
		}
	}
	return found, nil
}

// reason is the flow's word for an error; "" for none.
func reason(err error) string {
	var network net.Error
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errPrivate):
		return refused
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return timeout
	}
	return failed
}

// cause says what went wrong in words that hold nothing of the question.
func cause(err error) string {
	var name *net.DNSError
	for _, ours := range []error{errMethod, errAddress, errHost, errPrivate, errRedirect, errNotJSON, errTooLong} {
		if errors.Is(err, ours) {
			return ours.Error()
		}
	}
	switch {
	case errors.As(err, new(noneOfOurs)), errors.As(err, new(status)):
		return err.Error()
	case reason(err) == timeout:
		return fmt.Sprintf("no answer within the limit (at most %v)", within.Round(time.Second))
	case errors.Is(err, context.Canceled):
		return "we are stopping"
	case errors.As(err, &name):
		return "the host's name is not known to the name service"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nobody listens at the host's port"
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return "the host's certificate is not trusted"
	}
	return "the connection failed"
}
