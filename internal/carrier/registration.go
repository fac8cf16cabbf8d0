package carrier

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Registered returns our contact, as a SIP URI with its parameters, while we
// are registered.
func (c *Carrier) Registered() (contact string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process == nil || c.stopped {
		return "", false
	}
	var answer struct {
		Contacts []struct {
			Contact struct {
				Address string
				Expires any // seconds, or a word
			}
		}
	}
	if c.process.callProcedure("ul.lookup", &answer, "location", c.config.Account.User) != nil {
		return "", false
	}
	for _, it := range answer.Contacts {
		if seconds, isNumber := it.Contact.Expires.(float64); !isNumber || seconds > 0 {
			if it.Contact.Expires != "deleted" && it.Contact.Expires != "expired" {
				return it.Contact.Address, true
			}
		}
	}
	return "", false
}

// watch tells of registrations that come and go.
func (c *Carrier) watch(ctx context.Context) {
	every := time.NewTicker(300 * time.Millisecond)
	defer every.Stop()
	told := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		if contact, _ := c.Registered(); contact != told {
			told = contact
			c.config.OnRegistration(contact)
		}
	}
}

// WaitRegistered waits until we are registered and returns our contact.
func (c *Carrier) WaitRegistered(ctx context.Context) (string, error) {
	for {
		if contact, ok := c.Registered(); ok {
			return contact, nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("carrier: not registered: %w", ctx.Err())
		case <-c.failed:
			return "", errors.New("carrier: Kamailio has ended: " + c.LogTail(3))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Forget loses our registration, without a word to us, as a registrar that was
// restarted does. Connections stay.
func (c *Carrier) Forget() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process == nil || c.stopped {
		return errStopped
	}
	var refused *rpcError
	err := c.process.callProcedure("ul.rm", nil, "location", c.config.Account.User)
	if errors.As(err, &refused) { // there is none
		return nil
	}
	return err
}
