package asterisk

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
)

// Error is what Asterisk said when it refused a request.
type Error struct {
	Method, Path string
	Status       int    // HTTP status
	Message      string // Asterisk's own words
}

func (e *Error) Error() string {
	return fmt.Sprintf("asterisk refused %s %s: %d %s", e.Method, e.Path, e.Status, e.Message)
}

// refused reports whether err is Asterisk's refusal with one of the statuses.
func refused(err error, statuses ...int) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	for _, s := range statuses {
		if e.Status == s {
			return true
		}
	}
	return false
}

// connectionCut reports whether the connection was closed under a request.
func connectionCut(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || strings.Contains(err.Error(), "server closed idle connection")
}

// Two ways in which a caller can be no longer ours.
var (
	errGone  = errors.New("the caller is gone")
	errTaken = errors.New("the caller is in the dialplan")
)

// onChannel reads the answer to a request about the caller's channel.
func onChannel(err error) error {
	var no *Error
	switch {
	case refused(err, http.StatusNotFound):
		return errGone
	case errors.As(err, &no) && no.Status == http.StatusConflict && strings.Contains(no.Message, "not in Stasis"):
		return errTaken
	}
	return err
}

// errUnheard says that Asterisk could not be asked to let the caller hear something.
// Such an order is repeated by orders: nothing else would end the silence.
var errUnheard = errors.New("the caller hears nothing")

// unheard adds errUnheard to an error of the network. A refusal by Asterisk stays as it is.
func unheard(err error) error {
	var no *Error
	if err == nil || errors.As(err, &no) || errors.Is(err, errGone) || errors.Is(err, errTaken) {
		return err
	}
	return errors.Join(errUnheard, err)
}

// stillRecording reports whether a channel was refused in a bridge because a recording
// goes on. Asterisk reports the recording's end a moment before it lets the channel in.
func stillRecording(err error) bool {
	var no *Error
	return errors.As(err, &no) && no.Status == http.StatusConflict && strings.Contains(no.Message, "currently recording")
}
