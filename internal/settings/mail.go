package settings

import (
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
)

// MailServer is where mails leave; nil: none do.
func (s Settings) MailServer() *url.URL {
	u, err := url.Parse(s.SMTPURL)
	if err != nil || s.SMTPURL == "" {
		return nil // Read has checked it
	}
	return u
}

// WebhookNetworks are those inside the house that webhooks may reach.
func (s Settings) WebhookNetworks() []netip.Prefix {
	list, _ := networks("WEBHOOK_ALLOW", s.WebhookAllow) // Read has checked it
	return list
}

// checkMail looks at how mails leave.
func (s Settings) checkMail() error {
	if u, err := url.Parse(s.SMTPURL); s.SMTPURL != "" && (err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Path != "" || !isPort(u.Port())) {
		return fmt.Errorf("PRESSZERO_SMTP_URL is no address of a mail server; write smtp://USER:PASSWORD@HOST:587, or smtps:// where TLS is there from the beginning, with special characters of the password as %%XX") // not the value: it may hold a password
	}
	if (s.SMTPURL == "") != (s.MailFrom == "") {
		return fmt.Errorf("PRESSZERO_SMTP_URL and PRESSZERO_MAIL_FROM belong together; set both or neither")
	}
	if _, err := mail.ParseAddress(s.MailFrom); s.MailFrom != "" && err != nil {
		return refused("MAIL_FROM", s.MailFrom, "write a mail address, like calls@example.com or Press Zero <calls@example.com>")
	}
	for _, to := range s.MailTo {
		if a, err := mail.ParseAddress(to); err != nil || a.Address != to {
			return refused("MAIL_TO", to, "write mail addresses with commas between them, like lead@example.com,office@example.com")
		}
	}
	if len(s.MailTo) > 0 && s.SMTPURL == "" {
		return fmt.Errorf("PRESSZERO_MAIL_TO names who gets mails, but none leave without PRESSZERO_SMTP_URL; set it")
	}
	if s.MailLanguage != "" && !slices.Contains([]string{"en", "es", "ko", "ja"}, s.MailLanguage) {
		return refused("MAIL_LANGUAGE", s.MailLanguage, "write en, es, ko or ja")
	}
	return nil
}

// isPort reports whether the port of a URL is one; "" is the usual one.
func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return text == "" || err == nil && n > 0 && n < 1<<16
}
