package web_test

import (
	"net/http"
	"strings"
	"testing"

	"presszero/web"
)

// may is the whole of who may have what, written a second time: whoever
// changes the table must mean it. Columns: anonymous, agent, supervisor, admin.
var may = map[string][4]bool{
	"GET /{$}":           {true, true, true, true},
	"GET /sign-in":       {true, true, true, true},
	"GET /agent":         {false, true, true, true},
	"GET /supervisor":    {false, false, true, true},
	"GET /history":       {false, false, true, true},
	"GET /wall":          {true, true, true, true},
	"GET /walls":         {false, false, true, true},
	"GET /messages":      {false, false, true, true},
	"GET /menus":         {true, true, true, true}, // leads to /history
	"GET /talks":         {true, true, true, true},
	"GET /callers":       {false, false, true, true},
	"GET /recordings":    {false, true, true, true}, // of which agents see their own, where the flow says so
	"GET /trunks":        {false, false, true, true},
	"GET /archive":       {false, false, false, true},
	"GET /notices":       {false, false, true, true},
	"GET /flow":          {false, false, false, true},
	"GET /people":        {false, false, false, true},
	"GET /audit":         {false, false, false, true},
	"GET /password":      {false, true, true, true},
	"GET /assets/{file}": {true, true, true, true},
	"GET /desk":          {false, true, true, true},
	"GET /listen":        {false, false, true, true},

	"POST /api/v1/session":   {true, true, true, true},
	"DELETE /api/v1/session": {true, true, true, true},
	"GET /api/v1/me":         {false, true, true, true},

	"PUT /api/v1/me/password": {false, true, true, true},

	"GET /api/v1/audit":                 {false, false, false, true},
	"GET /api/v1/users":                 {false, false, false, true},
	"POST /api/v1/users":                {false, false, false, true},
	"PUT /api/v1/users/{name}/password": {false, false, false, true},
	"PUT /api/v1/users/{name}/disabled": {false, false, false, true},
	"PUT /api/v1/users/{name}/role":     {false, false, false, true},
	"PUT /api/v1/users/{name}/work":     {false, false, false, true},

	"GET /api/v1/limits":              {false, false, true, true},
	"GET /api/v1/wall":                {false, false, true, true}, // and screens: TestWall
	"GET /api/v1/wall/events":         {false, false, true, true},
	"PUT /api/v1/wall/session":        {true, true, true, true}, // by the token alone
	"GET /api/v1/walls":               {false, false, true, true},
	"POST /api/v1/walls":              {false, false, true, true},
	"DELETE /api/v1/walls/{id}":       {false, false, true, true},
	"GET /api/v1/live":                {false, false, true, true},
	"GET /api/v1/live/events":         {false, false, true, true},
	"GET /api/v1/reports/summary":     {false, false, true, true},
	"GET /api/v1/reports/calls":       {false, false, true, true},
	"GET /api/v1/reports/abandonment": {false, false, true, true},
	"GET /api/v1/reports/menus":       {false, false, true, true},
	"GET /api/v1/reports/compliance":  {false, false, true, true},
	"GET /api/v1/reports/waits":       {false, false, true, true},
	"GET /api/v1/reports/promises":    {false, false, true, true},
	"GET /api/v1/reports/talks":       {false, false, true, true},
	"GET /api/v1/reports/handovers":   {false, false, true, true},
	"GET /api/v1/reports/consults":    {false, false, true, true},
	"GET /api/v1/reports/codes":       {false, false, true, true},
	"GET /api/v1/calls/{id}":          {false, false, true, true},
	"GET /api/v1/calls/{id}/heard":    {false, false, true, true},
	"GET /api/v1/sounds/{key}":        {false, false, true, true},
	"GET /api/v1/music/{class}":       {false, false, true, true},

	"GET /api/v1/reports/compare":       {false, false, true, true},
	"GET /api/v1/reports/distribution":  {false, false, true, true},
	"GET /api/v1/reports/ends":          {false, false, true, true},
	"GET /api/v1/reports/told":          {false, false, true, true},
	"GET /api/v1/reports/patience":      {false, false, true, true},
	"GET /api/v1/reports/people":        {false, false, true, true},
	"GET /api/v1/reports/callbacks":     {false, false, true, true},
	"GET /api/v1/reports/messages":      {false, false, true, true},
	"GET /api/v1/reports/agents":        {false, false, true, true},
	"GET /api/v1/reports/staffing":      {false, false, true, true},
	"GET /api/v1/reports/staffing/plan": {false, false, true, true},

	"POST /api/v1/rehearsals":                 {false, false, true, true},
	"GET /api/v1/rehearsals/{id}":             {false, false, true, true},
	"GET /api/v1/people/lost":                 {false, false, true, true},
	"POST /api/v1/people/lost/{key}/callback": {false, false, true, true},

	"GET /api/v1/desk/targets":                {false, true, true, true},
	"GET /api/v1/desk/card":                   {false, true, true, true},
	"POST /api/v1/desk/more":                  {false, true, true, true},
	"PUT /api/v1/desk/talks/{id}/caller":      {false, true, true, true},
	"PUT /api/v1/desk/talks/{id}/disposition": {false, true, true, true},
	"PUT /api/v1/desk/talks/{id}/callback":    {false, true, true, true},
	"PUT /api/v1/desk/talks/{id}/complaint":   {false, true, true, true},
	"GET /api/v1/callers":                     {false, false, true, true},
	"PUT /api/v1/callers/{key}":               {false, false, true, true},
	"GET /api/v1/callbacks":                   {false, false, true, true},
	"DELETE /api/v1/callbacks/{id}":           {false, false, true, true},
	"GET /api/v1/outgoing":                    {false, false, true, true},
	"PUT /api/v1/outgoing":                    {false, false, true, true},
	"PUT /api/v1/queues/{queue}/door":         {false, false, true, true},
	"DELETE /api/v1/queues/{queue}/door":      {false, false, true, true},
	"PUT /api/v1/queues/{queue}/peak":         {false, false, true, true},
	"DELETE /api/v1/queues/{queue}/peak":      {false, false, true, true},
	"GET /api/v1/emergency":                   {false, false, true, true},
	"PUT /api/v1/emergency":                   {false, false, true, true},
	"PUT /api/v1/emergency/audio":             {false, false, true, true},
	"DELETE /api/v1/emergency":                {false, false, true, true},
	"PUT /api/v1/waiting/{call}/next":         {false, false, true, true},
	"DELETE /api/v1/waiting/{call}/next":      {false, false, true, true},
	"PUT /api/v1/waiting/{call}/queue":        {false, false, true, true},
	"PUT /api/v1/agents/{name}/away":          {false, false, true, true},
	"DELETE /api/v1/agents/{name}/away":       {false, false, true, true},
	"PUT /api/v1/agents/{name}/leaving":       {false, false, true, true},
	"DELETE /api/v1/agents/{name}/leaving":    {false, false, true, true},
	"PUT /api/v1/agents/{name}/today":         {false, false, true, true},
	"DELETE /api/v1/agents/{name}/today":      {false, false, true, true},
	"DELETE /api/v1/agents/{name}/help":       {false, false, true, true},
	"GET /api/v1/messages":                    {false, true, true, true},
	"GET /api/v1/messages/{id}/audio":         {false, true, true, true},
	"POST /api/v1/messages/{id}/take":         {false, true, true, true},
	"POST /api/v1/messages/{id}/callback":     {false, true, true, true},
	"POST /api/v1/messages/{id}/done":         {false, true, true, true},
	"PUT /api/v1/messages/{id}/hold":          {false, false, true, true},
	"DELETE /api/v1/messages/{id}/hold":       {false, false, false, true},

	"GET /api/v1/recordings":                          {false, true, true, true}, // whose: TestWhoMayHearARecording
	"GET /api/v1/recordings/{id}":                     {false, true, true, true},
	"GET /api/v1/recordings/{id}/peaks":               {false, true, true, true},
	"GET /api/v1/recordings/{id}/sound":               {false, true, true, true},
	"GET /api/v1/recordings/{id}/download":            {false, true, true, true},
	"POST /api/v1/recordings/{id}/play":               {false, true, true, true},
	"POST /api/v1/recordings/{id}/plays/{play}/heard": {false, true, true, true},
	"POST /api/v1/recordings/{id}/comments":           {false, true, true, true},

	"GET /api/v1/notices":                       {false, false, true, true},
	"GET /api/v1/subscriptions":                 {false, false, true, true},
	"POST /api/v1/subscriptions":                {false, false, true, true},
	"PUT /api/v1/subscriptions/{id}":            {false, false, true, true},
	"DELETE /api/v1/subscriptions/{id}":         {false, false, true, true},
	"PUT /api/v1/subscriptions/{id}/disabled":   {false, false, true, true},
	"POST /api/v1/subscriptions/{id}/key":       {false, false, true, true},
	"POST /api/v1/subscriptions/{id}/test":      {false, false, true, true},
	"POST /api/v1/subscriptions/{id}/again":     {false, false, true, true},
	"GET /api/v1/subscriptions/{id}/deliveries": {false, false, true, true},
	"POST /api/v1/persons/find":                 {false, false, false, true},
	"POST /api/v1/persons/export":               {false, false, false, true},
	"POST /api/v1/persons/forget":               {false, false, false, true},
	"GET /api/v1/persons/forget":                {false, false, false, true},
	"GET /api/v1/retention":                     {false, false, false, true},
	"GET /api/v1/holds":                         {false, false, false, true},
	"POST /api/v1/holds":                        {false, false, false, true},
	"DELETE /api/v1/holds/{id}":                 {false, false, false, true},
	"GET /api/v1/tokens":                        {false, false, true, true},
	"POST /api/v1/tokens":                       {false, false, true, true},
	"DELETE /api/v1/tokens/{id}":                {false, false, true, true},

	"GET /api/v1/archive":        {false, false, false, true},
	"GET /api/v1/trunks":         {false, false, true, true},
	"POST /api/v1/trunks/reload": {false, false, false, true},
	"POST /api/v1/trunks/test":   {false, false, false, true},

	"GET /api/v1/flow":                         {false, false, true, true},
	"GET /api/v1/flow/picture.svg":             {false, false, true, true},
	"PUT /api/v1/flow":                         {false, false, false, true},
	"POST /api/v1/flow/check":                  {false, false, false, true},
	"GET /api/v1/flow/versions":                {false, false, false, true},
	"GET /api/v1/flow/versions/{version}":      {false, false, false, true},
	"GET /api/v1/prompts":                      {false, false, true, true},
	"GET /api/v1/prompts/{language}/{name}":    {false, false, true, true},
	"PUT /api/v1/prompts/{language}/{name}":    {false, false, false, true},
	"DELETE /api/v1/prompts/{language}/{name}": {false, false, false, true},

	"GET /api/v1/openapi.yaml": {true, true, true, true},
	"GET /healthz":             {true, true, true, true},
	"GET /readyz":              {true, true, true, true},
	"GET /metrics":             {false, false, false, true}, // from elsewhere; see TestMetricsFromHere
	"/":                        {true, true, true, true},
}

func TestEveryRouteForEveryRole(t *testing.T) {
	t.Parallel()
	for _, pattern := range web.Routes() {
		if _, ok := may[pattern]; !ok {
			t.Errorf("the table serves %q, of which this test does not know who may have it", pattern)
		}
	}
	for i, role := range []string{"anonymous", "agent", "supervisor", "admin"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			for pattern, who := range may {
				d := newTestServer(t)
				v := d.visitor()
				if role != "anonymous" {
					v = d.as(role)
				}
				method, path, ok := strings.Cut(pattern, " ")
				if !ok {
					method, path = "GET", "/nothing/here"
				}
				path = strings.NewReplacer("{$}", "", "{file}", "app.js", "{name}", "agent", "{id}", "c1",
					"{key}", "k1", "{queue}", "support", "{call}", "c1", "{version}", "v1", "{language}", "en").Replace(path)
				if strings.HasSuffix(path, "/events") {
					d.pages.Close() // so that it ends
				}
				got := d.do(v, method, path, nil, "X-Forwarded-For", "192.0.2.1")
				refused := got.status == http.StatusUnauthorized || got.status == http.StatusForbidden ||
					got.status == http.StatusSeeOther && path != "/"
				if refused == who[i] {
					t.Errorf("%s asks %s %s: %d %s", role, method, path, got.status, got.body)
				}
				if refused && got.status != http.StatusSeeOther && got.sentence() == "" {
					t.Errorf("%s asks %s %s and is refused without a sentence: %s", role, method, path, got.body)
				}
				for _, header := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options"} {
					if got.header.Get(header) == "" {
						t.Errorf("%s %s has no %s", method, path, header)
					}
				}
			}
		})
	}
}

func TestPagesSendPeopleWhereTheyMayGo(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	for _, c := range []struct{ who, path, to string }{
		{"", "/", "/sign-in"}, {"", "/agent", "/sign-in"}, {"", "/supervisor", "/sign-in"},
		{"agent", "/", "/agent"}, {"agent", "/supervisor", "/agent"}, {"agent", "/messages", "/agent"},
		{"supervisor", "/flow", "/supervisor"}, {"", "/flow", "/sign-in"},
		{"supervisor", "/", "/supervisor"}, {"admin", "/", "/supervisor"},
	} {
		v := d.visitor()
		if c.who != "" {
			v = d.as(c.who)
		}
		if got := d.do(v, "GET", c.path, nil); got.status != http.StatusSeeOther || got.header.Get("Location") != c.to {
			t.Errorf("%q at %s: %d to %q, want %s", c.who, c.path, got.status, got.header.Get("Location"), c.to)
		}
	}
}

func TestUnknownRoleMayNothing(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.users.users["eve"] = web.User{Name: "eve", Role: "owner", Hash: hash()}
	if got := d.signIn(d.visitor(), "eve", password); got.status != http.StatusUnauthorized {
		t.Fatalf("a user of an unknown role signed in: %v", got)
	}
	v := d.as("supervisor")
	if err := d.users.change("supervisor", func(u *web.User) { u.Role = "owner" }); err != nil {
		t.Fatal(err)
	}
	if got := d.do(v, "GET", "/api/v1/me", nil); got.status != http.StatusUnauthorized {
		t.Fatalf("a user whose role has changed goes on: %v", got)
	}
}

func TestMetricsFromHere(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	if got := d.do(d.visitor(), "GET", "/metrics", nil); got.body != "metric 1\n" {
		t.Fatalf("a program on this machine got %v", got)
	}
}
