# make run      build and start the demo on http://localhost:8080; elsewhere with
#               make run ARGS="--listen 127.0.0.1:8090 --media 0.0.0.0:8090"
# make test     everything a change must pass (about ten minutes on two cores)
# make lab      the long proofs on the running program, with their figures (about two hours; as root: power cuts, networks)
# make thin     the part of make lab with real browsers behind emulated thin links (about an hour; as root); less of it:
#               make thin ARGS="-thin-rows 1,3f -thin-runs 1 -thin-plain 0"
# make bench    what a packet costs, as ratios within one run; the month page and the rush of a release (about three
#               quarters of an hour; profiles of calls go to lab/out)
# make build    the program with the room client inside: ./jalsa
# make clean    what was built; neither ./data nor ./demo-data

SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: run build client test test-go test-client test-browser lab thin bench tools browser coturn clean

run: build
	@./jalsa demo $(ARGS)

# Without cgo it is one file that needs no library of the machine it is copied to.
build: client
	CGO_ENABLED=0 go build -o jalsa .

client: node_modules/.installed
	@node web/build.mjs

# Each missing or old tool gives one line that says what to install.
tools:
	@command -v go >/dev/null || { echo "Go is missing: install Go 1.26 or newer (https://go.dev/dl)" >&2; exit 1; }
	@command -v node >/dev/null || { echo "Node.js is missing: install Node.js 20 or newer (https://nodejs.org)" >&2; exit 1; }
	@command -v npm >/dev/null || { echo "npm is missing: it comes with Node.js 20 or newer (https://nodejs.org)" >&2; exit 1; }
	@v=$$(GOTOOLCHAIN=local go env GOVERSION); printf 'go1.26\n%s\n' "$$v" | sort -VC || { echo "Go 1.26 or newer is needed, this is $$v" >&2; exit 1; }
	@v=$$(node --version); printf 'v20\n%s\n' "$$v" | sort -VC || { echo "Node.js 20 or newer is needed, this is $$v" >&2; exit 1; }

node_modules/.installed: package.json package-lock.json | tools
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

test: test-client test-go test-browser

test-client: client
	npx tsc --noEmit -p web/client
	npx vitest run --root web/client

test-go: client
	go vet ./...
	go test -race -timeout 10m ./...

test-browser: build browser
	npx tsc --noEmit -p web/e2e
	@if [ -x /usr/bin/chromium ] || [ -n "$$CHROMIUM" ]; then \
		if web/e2e/network.sh true 2>/dev/null; then inside=web/e2e/network.sh; fi; \
		$$inside npx playwright test -c web/e2e; \
	elif [ "$$CI" = true ]; then echo "Chromium is missing, and CI must not skip the browser tests" >&2; exit 1; \
	else printf '\n*** SKIPPED: the browser tests. Install Chromium and set CHROMIUM to its path. ***\n\n'; fi

lab: client browser coturn
	npx tsc --noEmit -p lab/thin
	go test -count=1 -tags lab -timeout 200m -v ./lab $(ARGS)

# The table, plots and records go to lab/out, or where -thin-out says.
thin: client browser
	@command -v nft >/dev/null || { echo "nft is missing: install nftables" >&2; exit 1; }
	go test -count=1 -tags lab -timeout 150m -v ./lab -run TestThinLinks -args $(ARGS)

# Ratios within one run: the machine's speed cancels out. Two builds of the program are compared with one another by
#   go test -run '^$' -bench 'Hearing|Broadcast|Rooms' ./lab -pair-program /NEW -pair-against /OLD
bench: coturn
	go test -run '^$$' -bench . -benchmem -timeout 60m ./... $(ARGS)
	@if lab/apart.sh true 2>/dev/null; then \
		echo "and once more, with the receivers' share left to the other processors (lab/apart.sh):"; \
		go test -exec $(CURDIR)/lab/apart.sh -run '^$$' -bench 'Hearing|Broadcast|Rooms|Bursts/receivers=50$$' -timeout 60m ./lab -pair-profile "" $(ARGS); \
	fi

# What relaying is compared with. On Debian as root it is installed, and not left running.
coturn:
	@if command -v turnserver >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && [ -f /etc/debian_version ]; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends coturn >/dev/null && \
		{ systemctl disable --now coturn >/dev/null 2>&1 || true; }; \
	else echo "coturn is missing: the price of relaying is not compared with it" >&2; fi

# On Debian as root the browser tests install what they need.
browser:
	@if [ "$$(id -u)" = 0 ] && [ -f /etc/debian_version ]; then \
		missing=; \
		[ -x /usr/bin/chromium ] || [ -n "$$CHROMIUM" ] || missing="chromium fonts-noto-core"; \
		[ -x /usr/bin/firefox-esr ] || [ -n "$$FIREFOX" ] || missing="$$missing firefox-esr"; \
		command -v ip >/dev/null || missing="$$missing iproute2"; \
		command -v nft >/dev/null || missing="$$missing nftables"; \
		if [ -n "$$missing" ]; then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi; fi

clean:
	rm -rf jalsa node_modules test-results web/dist/[!.]*
