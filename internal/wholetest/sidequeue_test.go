package wholetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"presszero/asterisk/private"
	"presszero/internal/chaos"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
	"presszero/internal/privatetest"
	"presszero/internal/starttest"
	"presszero/sql/cluster"
)

// What can be dialled at the side of Asterisk's own queue. Each queue has agents of one
// kind.
const (
	toPhones   = "100" // SIP telephones over UDP
	toBrowsers = "102" // SIP over secure websockets, WebRTC
	toLone     = "101" // one telephone, which is free when the state Custom:agent says so
	toMenu     = "200"
	// Telephones, and the talk is recorded, both sides apart, while the caller is joined.
	toMonitored = "300"
)

// queueDialplan is what callers dial. The menus have a context each, so that a key is
// known at once: beside the number 200 it would wait for more digits.
const queueDialplan = `[from-trunk]
exten => 100,1,Answer()
 same => n,Queue(phones)
exten => 101,1,Answer()
 same => n,Queue(lone)
exten => 102,1,Answer()
 same => n,Queue(browsers)
exten => 200,1,Answer()
 same => n,Goto(main,s,1)
exten => 300,1,Answer()
 same => n,MixMonitor(%[2]s/${UNIQUEID}.raw,Db)
 same => n,Queue(phones)
[main]
exten => s,1,Background(%[1]s/main)
 same => n,WaitExten(5)
exten => 1,1,Goto(sub,s,1)
[sub]
exten => s,1,Background(%[1]s/sub)
 same => n,WaitExten(5)
exten => 1,1,Goto(main,s,1)
[nowhere]
`

// queueSettings are Asterisk's queues at their quickest: they look for a free member
// every second, and a telephone that refuses costs nothing further.
const queueSettings = `[general]
autofill = yes
[line](!)
strategy = rrmemory
musicclass = default
retry = 1
timeout = 15
ringinuse = no
joinempty = yes
leavewhenempty = no
[phones](line)
%[1]s[browsers](line)
%[2]s[lone](line)
member => PJSIP/lone,0,lone,Custom:agent
`

// bookTables are those of Asterisk's documentation, with the indexes that reports need.
const bookTables = `DROP TABLE IF EXISTS cdr, queue_log;
CREATE TABLE cdr (calldate timestamptz NOT NULL, clid text NOT NULL, src text NOT NULL, dst text NOT NULL, dcontext text NOT NULL,
	channel text NOT NULL, dstchannel text NOT NULL, lastapp text NOT NULL, lastdata text NOT NULL, duration int NOT NULL, billsec int NOT NULL,
	disposition text NOT NULL, amaflags int NOT NULL, accountcode text NOT NULL, uniqueid text NOT NULL, userfield text NOT NULL, linkedid text NOT NULL);
CREATE INDEX ON cdr (calldate);
CREATE INDEX ON cdr (uniqueid);
CREATE TABLE queue_log (id bigserial PRIMARY KEY, time timestamp, callid text, queuename text, agent text, event text, data text);
CREATE INDEX ON queue_log (time);
CREATE INDEX ON queue_log (callid);`

// queueSide is Asterisk alone: app_queue, with its records in Postgres by cdr_pgsql and
// the realtime queue_log.
type queueSide struct {
	testing.TB
	pbx   *private.Process
	books *cluster.Cluster
	db    *sql.DB
	https string // host:port for pages
	phone *customer.Phone
	slots int // agents that each queue knows

	recordings string // the folder of those of MixMonitor

	*telephones
}

// telephones is what becomes of a call to the telephones of each kind.
type telephones struct {
	mu   sync.Mutex
	take map[string]func(*customer.Ring) // by the name that is dialled, without its number
}

// books is the Postgres of that side, set up like our own. It is made once and emptied
// at each start.
var books struct {
	once    sync.Once
	cluster *cluster.Cluster
	err     error
	dir     string
}

// closeBooks stops it, after all tests.
func closeBooks() {
	if books.cluster != nil {
		_ = books.cluster.Stop()
	}
	os.RemoveAll(books.dir)
}

func openBooks(t testing.TB) *cluster.Cluster {
	t.Helper()
	books.once.Do(func() {
		if books.dir, books.err = os.MkdirTemp("", "pz"); books.err == nil {
			books.cluster, books.err = cluster.Start(context.Background(), cluster.Config{Dir: books.dir, Log: slog.New(slog.DiscardHandler)})
		}
	})
	must(t, books.err)
	return books.cluster
}

// startQueue starts that side. Each of its queues knows so many agents.
func startQueue(t testing.TB, agents int) *queueSide {
	t.Helper()
	s := &queueSide{TB: t, books: openBooks(t), https: privatetest.FreeTCP(t), slots: agents, recordings: t.TempDir(), telephones: &telephones{take: map[string]func(*customer.Ring){}}}
	var err error
	s.db, err = sql.Open("postgres", s.books.URL())
	must(t, err)
	t.Cleanup(func() { s.db.Close() })
	_, err = s.db.Exec(bookTables)
	must(t, err)
	s.phone, err = customer.NewPhone(context.Background(), "127.0.0.1:0")
	must(t, err)
	t.Cleanup(s.phone.Close)
	s.phone.OnCall(s.rung)
	s.pbx = privatetest.Start(t)
	s.configure(t)
	return s
}

// configure gives Asterisk its queues, agents, pages and books. It has begun as our own
// does, with the same modules, and gets those that a PBX with browsers has besides.
func (s *queueSide) configure(t testing.TB) {
	t.Helper()
	sounds := menuSounds(t)
	for name, text := range map[string]string{
		"extensions.conf": fmt.Sprintf(queueDialplan, sounds, s.recordings),
		"queues.conf":     fmt.Sprintf(queueSettings, s.members("phone"), s.members("browser")),
		"http.conf":       s.httpConf(t),
		"rtp.conf":        iceOnLoopback(t),
		"cdr.conf":        "[general]\nenable = yes\n",
		"cdr_pgsql.conf":  fmt.Sprintf("[global]\nhostname = %s\nport = 5432\ndbname = %[2]s\nuser = %[2]s\ntable = cdr\n", s.socket(t), cluster.Name),
		"res_pgsql.conf":  fmt.Sprintf("[general]\ndbhost = %s\ndbport = 5432\ndbname = %[2]s\ndbuser = %[2]s\nrequirements = warn\n", s.socket(t), cluster.Name),
		"extconfig.conf":  fmt.Sprintf("[settings]\nqueue_log => pgsql,%s,queue_log\n", cluster.Name),
	} {
		must(t, os.WriteFile(s.etc(name), []byte(text), 0o600))
	}
	sip, err := os.ReadFile(s.etc("pjsip.conf"))
	must(t, err)
	must(t, os.WriteFile(s.etc("pjsip.conf"), []byte(string(sip)+s.endpoints(t)), 0o600))
	log, err := os.ReadFile(s.etc("logger.conf"))
	must(t, err)
	must(t, os.WriteFile(s.etc("logger.conf"), []byte(strings.Replace(string(log), "queue_log = no", "queue_log = yes\nqueue_log_to_file = no", 1)), 0o600))
	for _, command := range []string{"module reload res_rtp_asterisk.so", "module reload http",
		"module load res_pjsip_endpoint_identifier_user.so", "module load res_pjsip_registrar.so", "module load res_pjsip_transport_websocket.so",
		"module reload res_pjsip.so", "module load func_devstate.so", "module load format_sln.so", "module load app_mixmonitor.so",
		"module load res_config_pgsql.so", "module reload extconfig", "module load cdr_pgsql.so", "module reload cdr", "logger reload",
		"queue reload all", "dialplan reload"} {
		out, err := s.pbx.CLI(soon(t), command)
		must(t, err)
		if strings.Contains(out, "Unable") || strings.Contains(out, "No such") {
			t.Fatalf("%s: %s", command, out)
		}
	}
	s.free(t, false)
}

func (s *queueSide) etc(name string) string { return filepath.Join(s.pbx.Config().Dir, "etc", name) }

// socket is the folder of the database's socket.
func (s *queueSide) socket(t testing.TB) string {
	t.Helper()
	u, err := url.Parse(s.books.URL())
	must(t, err)
	return u.Query().Get("host")
}

func (s *queueSide) members(kind string) string {
	var all strings.Builder
	for i := range s.slots {
		fmt.Fprintf(&all, "member => PJSIP/%[1]s%[2]d,0,%[1]s%[2]d\n", kind, i)
	}
	return all.String()
}

// httpConf is ARI as it was, and HTTPS for the pages.
func (s *queueSide) httpConf(t testing.TB) string {
	t.Helper()
	cert, key := starttest.Issued(t, "localhost", time.Now().AddDate(0, 1, 0))
	must(t, os.WriteFile(s.etc("page.crt"), cert, 0o600))
	must(t, os.WriteFile(s.etc("page.key"), key, 0o600))
	host, port, err := net.SplitHostPort(s.pbx.Config().HTTPAddr)
	must(t, err)
	return fmt.Sprintf(`[general]
enabled = yes
bindaddr = %s
bindport = %s
sessionlimit = 2000
session_keep_alive = 60000
tlsenable = yes
tlsbindaddr = %s
tlscertfile = %s
tlsprivatekey = %s
`, host, port, s.https, s.etc("page.crt"), s.etc("page.key"))
}

// iceOnLoopback has ICE offer this machine's loopback in place of its other addresses, so
// that no packet leaves it.
func iceOnLoopback(t testing.TB) string {
	t.Helper()
	text := "[general]\nrtpstart = 10000\nrtpend = 29999\nstrictrtp = yes\nicesupport = yes\n[ice_host_candidates]\n"
	addresses, err := net.InterfaceAddrs()
	must(t, err)
	for _, a := range addresses {
		if ip := a.(*net.IPNet).IP; ip.To4() != nil && !ip.IsLoopback() {
			text += ip.String() + " => 127.0.0.1\n"
		}
	}
	return text
}

// endpoints are the agents. Telephones are at the address of s.phone, by name. The DTLS
// certificate is one for all, not made anew for each call.
func (s *queueSide) endpoints(t testing.TB) string {
	t.Helper()
	text := fmt.Sprintf(`
[telephone](!)
type = endpoint
transport = udp
context = nowhere
disallow = all
allow = ulaw
direct_media = no
media_address = 127.0.0.1
[page](!)
type = endpoint
context = nowhere
disallow = all
allow = ulaw
direct_media = no
media_address = 127.0.0.1
webrtc = yes
dtls_auto_generate_cert = no
dtls_cert_file = %s
dtls_private_key = %s
[lone](telephone)
aors = lone
[lone]
type = aor
contact = sip:lone@%s
`, s.etc("page.crt"), s.etc("page.key"), s.phone.Addr())
	for i := range s.slots {
		text += fmt.Sprintf("[phone%[1]d](telephone)\naors = phone%[1]d\n[phone%[1]d]\ntype = aor\ncontact = sip:phone%[1]d@%[2]s\n", i, s.phone.Addr())
		text += fmt.Sprintf("[browser%[1]d](page)\naors = browser%[1]d\n[browser%[1]d]\ntype = aor\nmax_contacts = 1\nremove_existing = yes\n", i)
	}
	return text
}

// free says whether the lone agent is free.
func (s *queueSide) free(t testing.TB, free bool) {
	state := "BUSY"
	if free {
		state = "NOT_INUSE"
	}
	c := s.pbx.Config()
	ari := chaos.Stack{ARI: s.pbx.ARIURL(), ARIUser: c.ARIUser, ARIPassword: c.ARIPassword}
	must(t, ari.AskARI(soon(t), http.MethodPost, "/asterisk/variable?"+
		url.Values{"variable": {"DEVICE_STATE(Custom:agent)"}, "value": {state}}.Encode(), nil))
}

// rung is a call to any of the telephones.
func (p *telephones) rung(r *customer.Ring) {
	p.mu.Lock()
	take := p.take[strings.TrimRight(r.To, "0123456789")]
	p.mu.Unlock()
	if take != nil {
		take(r)
	}
}

// onRing has the telephones of a kind take calls so.
func (p *telephones) onRing(kind string, take func(*customer.Ring)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.take[kind] = take
}

func (s *queueSide) sip() string { return s.pbx.Config().SIPAddr }

func (s *queueSide) parts() map[string]int {
	return map[string]int{"asterisk": s.pbx.PID(), "postgres": s.books.PID()}
}

func (s *queueSide) count(query string, args ...any) (n int) {
	s.Helper()
	must(s, s.db.QueryRow(query, args...).Scan(&n))
	return n
}

// in is the same side, whose complaints go to another test.
func (s *queueSide) in(t testing.TB) *queueSide {
	return &queueSide{TB: t, pbx: s.pbx, books: s.books, db: s.db, https: s.https, phone: s.phone, slots: s.slots, recordings: s.recordings, telephones: s.telephones}
}

func (s *queueSide) ended() int {
	return s.count(`SELECT count(*) FROM cdr WHERE dcontext = 'from-trunk'`)
}

func (s *queueSide) entered(prefix string) []string {
	// The data are an address that was given to Queue(), the caller's number, the place.
	return numbers(s, s.db, `SELECT split_part(data, '|', 2) FROM queue_log WHERE event = 'ENTERQUEUE' AND split_part(data, '|', 2) LIKE $1
		ORDER BY split_part(data, '|', 3)::int`, prefix)
}

func (s *queueSide) loneAgent() func(n int) []string {
	served := make(chan string, 1000)
	left := new(atomic.Int64)
	s.onRing("lone", func(r *customer.Ring) {
		s.free(s, false)
		c, err := r.Answer(customer.Sound{})
		if err != nil {
			s.Errorf("the agent cannot answer: %v", err)
			return
		}
		_ = c.Hangup()
		served <- r.From
		if left.Add(-1) > 0 {
			s.free(s, true)
		}
	})
	return func(n int) (who []string) {
		left.Store(int64(n))
		s.free(s, true)
		for range n {
			select {
			case from := <-served:
				who = append(who, from)
			case <-time.After(30 * time.Second):
				s.Fatalf("the agent was rung %d times of %d", len(who), n)
			}
		}
		return who
	}
}

// phones has the telephones answer at once. talks counts the calls in which one has
// heard the caller's tone.
func (s *queueSide) phones(talks *atomic.Int64) {
	s.onRing("phone", func(r *customer.Ring) {
		c, err := r.Answer(customer.Sound{Tone: deskclient.RobotTone})
		if err != nil {
			s.Errorf("a telephone cannot answer: %v", err)
			return
		}
		switch _, err := c.WaitTone(soon(s), 440); {
		case err == nil:
			talks.Add(1)
		case !errors.Is(err, customer.ErrEnded):
			s.Errorf("a telephone: %v", err)
		}
	})
}

// browsers opens the pages of n agents, who accept at once.
func (s *queueSide) browsers(t testing.TB, n int, talks *atomic.Int64) {
	t.Helper()
	for i := range n {
		openWSS(t, s.https, fmt.Sprintf("browser%d", i), func(r *wssRing) {
			if err := r.accept(); err != nil {
				t.Errorf("a page cannot answer: %v", err)
				return
			}
			ctx, cancel := context.WithCancel(soon(t))
			go func() { <-r.over; cancel() }()
			switch _, err := r.WaitTone(ctx, 440); {
			case err == nil:
				talks.Add(1)
			case !errors.Is(err, context.Canceled):
				t.Errorf("a page: %v", err)
			}
		})
	}
}
