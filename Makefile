# Two commands do everything: `make run` and `make test`. Both install what is
# missing, may be repeated, and ask nothing.

# Go from the machine, or the one that build/install.sh brought.
export PATH := $(PATH):$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/presszero/go/bin
# What was compiled in one folder serves for a clone in another: -trimpath.
export GOFLAGS ?= -buildvcs=false -trimpath

FRONTEND := $(shell find web/frontend -path '*/node_modules' -prune -o -type f -print 2>/dev/null)

.PHONY: run test test-parts test-beside check types format bench soak soak-hour soak-store-away build clean help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## install what is missing, build, and run everything until Ctrl-C
	@exec bin/presszero up

build: web/dist/.built ## build the program with its pages
	@build/install.sh run
	@mkdir -p bin
	@go build -o bin/presszero ./cmd/presszero

web/dist/.built: $(FRONTEND)
	@build/install.sh run
	@echo "presszero: building the pages"
	@cd web/frontend && npm ci --silent && npm run --silent build
	@touch $@

SWITCH = ^presszero/(asterisk|internal/(asterisktest|chaos|nemesis))(/|$$)
VOICES = ^presszero/(internal/customer|softphone/media)(/|$$)
WHOLE = ^presszero/internal/wholetest$$
RACED = DeskByKeys|AskByKeys|AgentDials|Queues|Supervision|Trunks
PURE = ^presszero/(call/number|callqueue|ivr|outbound|rehearsal|report|trunk|internal/(audio|backoff|settings|yamlfile))(/|$$)
BOOKS = ^presszero/(call|journal|recordings|sql|sql/cluster)$$
# go vet has run before.
TESTED = -vet=off -shuffle=on -count=1 -timeout 30m
# Each benchmark runs once, so that none of them rots. Those of the whole program are
# played small by a test of it, TestBenchRows.
SMALL = -bench . -benchtime 1x
MEASURED = grep -rl --include='*_test.go' '^func Benchmark' . | grep -v node_modules | xargs -n 1 dirname | sort -u | grep -v '^./internal/wholetest'
SAY = echo "presszero: $$(date +%T)

test: ## install what is missing and run every test
	@build/install.sh test
	@$(MAKE) --no-print-directory build
	go vet ./...
	@$(MAKE) --no-print-directory -j2 -k test-parts test-beside && $(SAY) all parts have run"

# What tests throw away is gone after them, also after Ctrl-C.
SCRATCH = export TMPDIR=$$(build/scratch.sh); trap 'rm -rf "$$TMPDIR"' EXIT; trap 'exit 130' INT TERM

# Most tests of the first two parts wait: for words to be heard, for a timer. Those
# of many voices at once and of the whole program run one package at a time, as
# they take all cores. The program under test is built as it is installed. With the race
# detector it answers late beside two others on a slow machine, so only RACED, which have
# the desk, queues, trunks and supervision, run with it here; `make soak` runs all with it.
# The tests of the program's packages always have it.
test-parts:
	@$(SCRATCH); failed=0; \
	$(SAY) part 1 of 3: Asterisk, callers, voices (some 4 minutes)"; \
	go test $$(go list ./... | grep -E "$(SWITCH)") -p 2 -parallel 4 -race $(TESTED) || failed=1; \
	go test $$(go list ./... | grep -E "$(VOICES)") -p 1 -parallel 4 -race $(TESTED) || failed=1; \
	$(SAY) part 2 of 3: the whole program (some 5 minutes)"; \
	go test $$(go list ./... | grep -E "$(WHOLE)") -parallel 3 $(TESTED) || failed=1; \
	go test $$(go list ./... | grep -E "$(WHOLE)") -run "$(RACED)" -parallel 2 -race $(TESTED) || failed=1; \
	$(SAY) part 3 of 3: pages, and the other packages with goroutines (some 3 minutes)"; \
	go test $$(go list ./... | grep -vE "$(SWITCH)|$(VOICES)|$(WHOLE)|$(PURE)|$(BOOKS)") -p 2 -parallel 3 -race $(TESTED) || failed=1; \
	exit $$failed

# These take the processor time that the parts leave. What is pure starts no goroutine
# (a test holds that), so there is no race to look for, and many more days to play. It
# makes much garbage of little memory: collected seldom, the tests take a sixth less.
# Go runs one package at a time when it is asked for benchmarks, so they are run by
# themselves. Tests of the journal and the database wait for seconds at most, so they
# get a larger share (nice 10) than the others.
test-beside:
	@$(SCRATCH); failed=0; \
	(cd web/frontend && nice -n 19 npm run --silent test) || failed=1; \
	GOGC=400 nice -n 19 go test $$(go list ./... | grep -E "$(PURE)") -p 1 $(TESTED) || failed=1; \
	nice -n 19 go test $$($(MEASURED)) -run "^$$" $(TESTED) $(SMALL) || failed=1; \
	nice -n 10 go test $$(go list ./... | grep -E "$(BOOKS)") -p 1 -parallel 3 -race $(TESTED) || failed=1; \
	exit $$failed

# The generator of the pages' types, the linter and the formatter are installed
# apart: only developers need them.
TOOLS = web/frontend/tools

$(TOOLS)/node_modules/.package-lock.json: $(TOOLS)/package-lock.json
	@build/install.sh run
	@cd $(TOOLS) && npm ci --silent
	@touch $@

types: $(TOOLS)/node_modules/.package-lock.json ## make the pages' types anew from web/openapi.yaml
	@cd $(TOOLS) && npm run --silent types

format: $(TOOLS)/node_modules/.package-lock.json ## format all source files
	@gofmt -w $$(git ls-files '*.go')
	@cd $(TOOLS) && npm run --silent format

check: web/dist/.built $(TOOLS)/node_modules/.package-lock.json ## the fast loop: format, vet, linters, types, unit tests
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo "presszero: these files are not formatted; run make format"; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	@cd $(TOOLS) && npm run --silent types-current || { echo "presszero: the pages' types are not those of web/openapi.yaml; run make types"; exit 1; }
	@cd $(TOOLS) && npm run --silent lint || { echo "presszero: make format corrects most of what the linter finds"; exit 1; }
	@cd web/frontend && npm run --silent test
	go test ./call/... ./ivr ./callqueue ./internal/audio ./journal ./report

bench: build ## measure and print the table of docs/performance.md, beside Asterisk alone (some 35 minutes)
	@build/install.sh test
	@go run ./build/benchtable

soak: build ## every pair of events; Asterisk whose processors are taken away; the whole program with the race detector; a crowd with long prompts; a real service of S3; 200 days of rollups; each of Postgres's bad days for a minute; then ten calls a second for an hour, what grows?, with the service away in another house
	go test ./callqueue -run 'Beside|Orders' -count=1 -timeout 60m -v -thorough
	go test ./asterisk -run TestStorm -count=20 -timeout 60m -preempt
	PRESSZERO_CROWD=150 go test ./asterisk -run "TestOnAsterisk/a_crowd" -count=1 -v
	go test ./internal/wholetest -race -parallel 2 -count=1 -timeout 60m
	PRESSZERO_CALLERS=2000 go test ./internal/wholetest -run "TestCrowd" -count=1 -timeout 30m -v
	GOBIN=$(CURDIR)/bin go install github.com/versity/versitygw/cmd/versitygw@v1.8.0
	PRESSZERO_VERSITYGW=$(CURDIR)/bin/versitygw go test ./recordings/archive -run "Bucket|Move|Upload" -count=1 -v
	go test ./sql -run AsRecounted -count=1 -timeout 60m -v -rapid.checks=200
	PRESSZERO_BAD_FOR=60s go test ./sql -run TestPostgresHasABadDay -count=1 -timeout 30m -v
	@$(MAKE) -j2 --no-print-directory soak-hour soak-store-away

soak-hour:
	go test -run "^$$" -bench Soak -benchtime 3600x -timeout 2h ./internal/wholetest

soak-store-away: # beside it: a call in five seconds
	PRESSZERO_VERSITYGW=$(CURDIR)/bin/versitygw go test -run "^$$" -bench StoreAway -benchtime 3600x -timeout 3h ./internal/wholetest

clean: ## remove what was built; the state in .run stays
	rm -rf bin web/dist/* web/frontend/node_modules $(TOOLS)/node_modules
