package carrier

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"text/template"
	"time"

	"presszero/internal/spawn"
)

//go:embed kamailio.cfg
var script string

var scriptTemplate = template.Must(template.New("kamailio.cfg").Parse(script))

// settings are what the script's template needs.
type settings struct {
	Listen                       []string
	TLS                          bool
	Modules, Certificate, Key    string
	Expiry                       int
	Algorithm, RPC               string
	NetworkHost                  string
	NetworkPort                  uint16
	Notices                      string
	User, AuthUser, Domain       string
	Realm, HA1                   string // HA1 stands for the password (RFC 7616)
	DemandRegister, DemandDigest bool
	Peer                         string
}

// write writes Kamailio's script.
func (s settings) write(file string) error {
	var text bytes.Buffer
	if err := scriptTemplate.Execute(&text, s); err != nil {
		return fmt.Errorf("carrier: Kamailio's script: %w", err)
	}
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		return fmt.Errorf("carrier: write Kamailio's script: %w", err)
	}
	return nil
}

// userDigest is the digest of a user's password.
func (a Algorithm) userDigest(user, realm, password string) string {
	text := []byte(user + ":" + realm + ":" + password)
	if a == SHA256 {
		sum := sha256.Sum256(text)
		return hex.EncodeToString(sum[:])
	}
	sum := md5.Sum(text)
	return hex.EncodeToString(sum[:])
}

// A process is Kamailio: one process that we start, and its children. It ends
// when it is stopped and when this program dies, however it dies.
type process struct {
	dir  string
	cmd  *exec.Cmd
	done chan struct{}
}

// startKamailio runs Kamailio with the script in its folder.
func startKamailio(ctx context.Context, k installation, dir string) (*process, error) {
	console, err := os.Create(filepath.Join(dir, "kamailio.log"))
	if err != nil {
		return nil, fmt.Errorf("carrier: open Kamailio's log: %w", err)
	}
	defer console.Close()
	_ = os.Remove(filepath.Join(dir, rpcSocket)) // of one that was killed
	// -DD: the first process stays in the foreground, its children do the work.
	p := &process{dir: dir, done: make(chan struct{}), cmd: k.command(
		"-DD", "-E", "-f", filepath.Join(dir, "kamailio.cfg"), "-L", k.modules,
		"-Y", dir, "-P", filepath.Join(dir, "kamailio.pid"), "-w", dir, "-m", "32", "-M", "4")}
	p.cmd.Dir = dir
	p.cmd.Stdout, p.cmd.Stderr = console, console
	p.cmd.SysProcAttr = &syscall.SysProcAttr{
		// SIGTERM and not SIGKILL, which would leave the children behind.
		Pdeathsig: syscall.SIGTERM,
		Setpgid:   true, // Ctrl-C in the terminal is ours to handle
	}
	ended, err := spawn.Start(p.cmd, spawn.Usual)
	if err != nil {
		return nil, fmt.Errorf("carrier: start Kamailio: %w", err)
	}
	go func() {
		<-ended // how it ended is in its log
		close(p.done)
	}()
	if err := p.waitReady(ctx); err != nil {
		p.shutDown()
		return nil, err
	}
	return p, nil
}

// waitReady waits until all of Kamailio's processes answer, at most 15 s.
func (p *process) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	for {
		err := p.callProcedure("htable.dump", nil, "mood")
		var refused *rpcError
		if err == nil || errors.As(err, &refused) { // an empty table is refused
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("carrier: Kamailio ended at once; it said:\n%s", p.lastLog(8))
		case <-ctx.Done():
			return fmt.Errorf("carrier: Kamailio does not answer (%w); it said:\n%s", err, p.lastLog(8))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (p *process) lastLog(lines int) string {
	text, _ := os.ReadFile(filepath.Join(p.dir, "kamailio.log"))
	return lastLines(string(text), lines)
}

// shutDown ends Kamailio in order, within 5 s, else by force, and waits until no
// process of it is left.
func (p *process) shutDown() {
	pid := p.cmd.Process.Pid
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
	select {
	case <-p.done:
	case <-time.After(5 * time.Second):
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL) // the group: what is left of it
	<-p.done
	_ = os.Remove(filepath.Join(p.dir, rpcSocket))
}

// killGroup ends Kamailio at once, as a failure of the machine would.
func (p *process) killGroup() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
}

// rpcSocket is where Kamailio takes JSON-RPC in datagrams.
const rpcSocket = "rpc"

// rpcError is Kamailio's refusal of an RPC.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *rpcError) Error() string { return fmt.Sprintf("%d %s", e.Code, e.Message) }

// rpcMu has one RPC at a time in this program.
var rpcMu sync.Mutex

// callProcedure calls a procedure of Kamailio within a second; its result comes into
// result, unless that is nil.
func (p *process) callProcedure(method string, result any, params ...any) error {
	if err := p.roundTrip(method, result, params); err != nil {
		return fmt.Errorf("carrier: %s: %w", method, err)
	}
	return nil
}

func (p *process) roundTrip(method string, result any, params []any) error {
	request, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		return err
	}
	text, err := p.exchange(request)
	if err != nil {
		return err
	}
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  *rpcError       `json:"error"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return err
	}
	if answer.Error != nil {
		return answer.Error
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer.Result, result)
}

// exchange sends a request to Kamailio's socket and returns the answer.
func (p *process) exchange(request []byte) ([]byte, error) {
	rpcMu.Lock()
	defer rpcMu.Unlock()
	mine := filepath.Join(p.dir, "rpc-client")
	_ = os.Remove(mine)
	conn, err := net.DialUnix("unixgram", &net.UnixAddr{Name: mine, Net: "unixgram"},
		&net.UnixAddr{Name: filepath.Join(p.dir, rpcSocket), Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("reach Kamailio: %w", err)
	}
	defer func() {
		_ = conn.Close()
		_ = os.Remove(mine)
	}()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write(request); err != nil {
		return nil, err
	}
	buffer := make([]byte, 1<<16)
	n, err := conn.Read(buffer)
	return buffer[:n], err
}
