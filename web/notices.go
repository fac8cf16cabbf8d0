package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"presszero/report"
)

// Notices is what leaves the page, and to whom.
type Notices interface {
	// Notices lists notices after a cursor, oldest first, of some types and queues
	// (none: of all).
	Notices(ctx context.Context, after int64, types, queues []string, limit int) ([]report.Notice, error)

	// Subscriptions lists all. Mail reports whether mails can leave at all.
	Subscriptions(ctx context.Context) ([]report.Subscription, error)
	Mail() bool
	// AddSubscription adds one and returns its id and, of a webhook, the key that signs,
	// which is told this once. Unfit.
	AddSubscription(ctx context.Context, s report.Subscription) (id, key string, err error)
	// ChangeSubscription sets where and what, not the kind. ErrNotFound, Unfit.
	ChangeSubscription(ctx context.Context, s report.Subscription) error
	RemoveSubscription(ctx context.Context, id string) error       // ErrNotFound
	DisableSubscription(ctx context.Context, id, why string) error // why "": it goes on. ErrNotFound
	// RotateKey makes a new key of a webhook and returns it; the one before signs too,
	// until a moment. ErrNotFound.
	RotateKey(ctx context.Context, id string, until time.Time) (key string, err error)

	// Deliveries lists what went or is to go to a subscription, the newest first;
	// failing: only what failed.
	Deliveries(ctx context.Context, id string, failing bool, limit int) ([]report.Delivery, error)
	SendTest(ctx context.Context, id, by string) error         // ErrNotFound
	ResendOne(ctx context.Context, id string, seq int64) error // ErrNotFound
	// Resend sends again what is kept after the cursor; it returns how much.
	Resend(ctx context.Context, id string, after int64, until time.Time) (int64, error)
}

// noticeHandlers list what leaves the page, and let leaders say to whom.
type noticeHandlers struct {
	notices Notices
	log     *slog.Logger
}

// forHouse serves only those who have all queues: who gets notices is of the whole house.
func forHouse(serve handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if len(userOf(r).Scope()) > 0 {
			return refuse(http.StatusForbidden, "This is about the whole house; it is for those who have all queues.")
		}
		return serve(w, r)
	}
}

// Notices told at once, and deliveries shown.
const (
	noticesShown    = 500
	deliveriesShown = 100
)

// listNotices tells what happened after a cursor. A program that was away asks on with
// the last next that it was given, and has missed nothing of the last two weeks.
func (h *noticeHandlers) listNotices(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	after, err := cursor(q.Get("after"))
	if err != nil {
		return err
	}
	types := q["type"]
	for _, one := range types {
		if !slices.Contains(report.NoticeTypes, one) {
			return refuse(http.StatusBadRequest, "There is no type of notices %q.", one)
		}
	}
	queues := userOf(r).Scope()
	if queue := q.Get("queue"); queue != "" {
		if !userOf(r).May(queue) {
			return refuse(http.StatusNotFound, "There is no queue %q.", queue)
		}
		queues = []string{queue}
	}
	list, err := h.notices.Notices(r.Context(), after, types, queues, noticesShown)
	if err != nil {
		return err
	}
	next := after
	if len(list) > 0 {
		next = list[len(list)-1].Seq
	}
	writeJSON(w, http.StatusOK, map[string]any{"notices": append([]report.Notice{}, list...), "next": next, "more": len(list) == noticesShown})
	return nil
}

func cursor(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, refuse(http.StatusBadRequest, "A cursor is the number next of an answer before, not %q.", text)
	}
	return n, nil
}

func (h *noticeHandlers) listSubscriptions(w http.ResponseWriter, r *http.Request) error {
	list, err := h.notices.Subscriptions(r.Context())
	if err != nil {
		return err
	}
	list = append([]report.Subscription{}, list...)
	for i := range list {
		list[i].Types, list[i].Queues = append([]string{}, list[i].Types...), append([]string{}, list[i].Queues...)
	}
	writeJSON(w, http.StatusOK, map[string]any{"subscriptions": list, "types": report.NoticeTypes, "mail": h.notices.Mail()})
	return nil
}

// subscriptionSent is what a page sends of a subscription.
type subscriptionSent struct {
	Kind     string
	Address  string
	Types    []string
	Queues   []string
	Facts    bool
	Language string
}

func readSubscription(w http.ResponseWriter, r *http.Request) (report.Subscription, error) {
	var in subscriptionSent
	if err := readJSON(w, r, &in); err != nil {
		return report.Subscription{}, err
	}
	s := report.Subscription{ID: r.PathValue("id"), Kind: in.Kind, Address: in.Address, Types: in.Types, Queues: in.Queues, Facts: in.Facts, Language: in.Language, Owner: userOf(r).Name}
	slices.Sort(s.Types)
	s.Types = slices.Compact(s.Types)
	for _, one := range s.Types {
		if !slices.Contains(report.NoticeTypes, one) {
			return s, refuse(http.StatusUnprocessableEntity, "There is no type of notices %q.", one)
		}
	}
	for _, queue := range s.Queues {
		if !wordName.MatchString(queue) {
			return s, refuse(http.StatusUnprocessableEntity, "%q cannot be the name of a queue.", queue)
		}
	}
	if len(s.Types) == 0 {
		return s, refuse(http.StatusUnprocessableEntity, "Choose at least one type of notices.")
	}
	noteAct(r, "kind", s.Kind)
	noteAct(r, "to", toAudit(s))
	noteAct(r, "types", s.Types)
	noteAct(r, "queues", s.Queues)
	return s, nil
}

// toAudit is where a subscription goes. The path of a webhook may be a secret.
func toAudit(s report.Subscription) string {
	if u, err := url.Parse(s.Address); s.Kind == report.Webhook && err == nil {
		return u.Host
	}
	return s.Address
}

func (h *noticeHandlers) addSubscription(w http.ResponseWriter, r *http.Request) error {
	s, err := readSubscription(w, r)
	if err != nil {
		return err
	}
	id, key, err := h.notices.AddSubscription(r.Context(), s)
	if err != nil {
		return err
	}
	noteAct(r, "id", id)
	h.log.Info("subscription made", "by", s.Owner, "kind", s.Kind, "id", id)
	made := map[string]string{"id": id}
	if key != "" {
		made["key"] = key
	}
	writeJSON(w, http.StatusCreated, made)
	return nil
}

func (h *noticeHandlers) changeSubscription(w http.ResponseWriter, r *http.Request) error {
	s, err := readSubscription(w, r)
	if err != nil {
		return err
	}
	return noContent(w, h.notices.ChangeSubscription(r.Context(), s))
}

func (h *noticeHandlers) removeSubscription(w http.ResponseWriter, r *http.Request) error {
	return noContent(w, h.notices.RemoveSubscription(r.Context(), r.PathValue("id")))
}

// disableSubscription stops one, or lets it go on.
func (h *noticeHandlers) disableSubscription(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Disabled bool }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	why := ""
	if in.Disabled {
		why = "Switched off by " + userOf(r).Name + "."
	}
	noteAct(r, "disabled", in.Disabled)
	return noContent(w, h.notices.DisableSubscription(r.Context(), r.PathValue("id"), why))
}

// bothKeys is how long the old key signs beside the new one.
const bothKeys = 24 * time.Hour

func (h *noticeHandlers) rotateKey(w http.ResponseWriter, r *http.Request) error {
	key, err := h.notices.RotateKey(r.Context(), r.PathValue("id"), time.Now().Add(bothKeys))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]string{"key": key})
	return nil
}

func (h *noticeHandlers) listDeliveries(w http.ResponseWriter, r *http.Request) error {
	list, err := h.notices.Deliveries(r.Context(), r.PathValue("id"), r.URL.Query().Get("failing") == "true", deliveriesShown)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"deliveries": append([]report.Delivery{}, list...)})
	return nil
}

func (h *noticeHandlers) sendTest(w http.ResponseWriter, r *http.Request) error {
	return noContent(w, h.notices.SendTest(r.Context(), r.PathValue("id"), userOf(r).Name))
}

// sendAgain sends one notice again, or with after all that is kept since a cursor.
func (h *noticeHandlers) sendAgain(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Seq   int64
		After *int64
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	n := int64(1)
	var err error
	switch {
	case (in.Seq > 0) == (in.After != nil) || in.After != nil && *in.After < 0:
		return refuse(http.StatusUnprocessableEntity, "Send either seq, of one notice, or after, the cursor behind which all are sent again.")
	case in.After != nil:
		noteAct(r, "after", *in.After)
		n, err = h.notices.Resend(r.Context(), r.PathValue("id"), *in.After, time.Now())
	default:
		noteAct(r, "seq", in.Seq)
		err = h.notices.ResendOne(r.Context(), r.PathValue("id"), in.Seq)
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]int64{"notices": n})
	return nil
}

// noContent answers that something was done.
func noContent(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}
