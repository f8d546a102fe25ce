# Zoetrope. `make run` runs it, `make test` tests it; README.md tells the rest.
#
#   make                 build/zoetrope and build/zoetrope-transcoder, and the web client in build/web
#   make run             installs what is missing, builds, serves http://localhost:9000 from ./data
#   make test            everything, sanitizers on
#   make test T=name     one file of tests/ (base_file, smoke); K=word: only cases with that word
#   make lint            warnings, headers, layers, format, static checks; make format mends one
#   make bench           measured beside ffmpeg, nginx and openssl; BENCH=names picks groups
#   make crash ROUNDS=n  kill -9 at random moments, n times
#   make install DESTDIR= PREFIX=
#   make clean

ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
.DELETE_ON_ERROR:
.SECONDARY:
# V=1 shows whole commands.
Q := $(if $(V),,@)

ifeq ($(origin CC),default)
CC := gcc
endif
PREFIX   ?= /usr/local
VERSION  := 0.1.0
PKGS_SERVER     := libmicrohttpd sqlite3 libcurl libssl libcrypto jansson libargon2 inih libcmark-gfm
PKGS_TRANSCODER := libavformat libavcodec libavfilter libswscale libswresample libavutil libseccomp jansson libcrypto \
                   libcurl
WERROR ?= -Werror
WARN   = -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
         -Wmissing-prototypes -Wvla -Wformat=2 -Wundef $(WERROR)
OPT   ?= -O2 -g

# SAN=address|thread|fuzz builds the same things into a folder of their own. Sorting or copying
# nothing from nowhere is fine with us, and with C2y (N3322).
SAN ?=
ifeq ($(SAN),address)
B := build/asan
SANFLAGS := -fsanitize=address,undefined -fno-sanitize=nonnull-attribute -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OPT := -O1 -g
else ifeq ($(SAN),thread)
B := build/tsan
SANFLAGS := -fsanitize=thread
OPT := -O1 -g
else ifeq ($(SAN),fuzz)
B := build/fuzz
CC := clang
SANFLAGS := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=nonnull-attribute -fno-sanitize-recover=undefined
OPT := -O1 -g
WERROR :=
else
B := build
SANFLAGS :=
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
endif

# Library headers come in with -isystem. Asked for when first needed: `make run` installs them first.
isystem = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(1) 2>/dev/null))
once    = $(eval $(1) := $(2))$($(1))
SERVER_CFLAGS     = $(call once,SERVER_CFLAGS,$(call isystem,$(PKGS_SERVER)))
TRANSCODER_CFLAGS = $(call once,TRANSCODER_CFLAGS,$(call isystem,$(PKGS_TRANSCODER)))
SERVER_LIBS       = $(call once,SERVER_LIBS,$(shell pkg-config --libs $(PKGS_SERVER)) -lgumbo -lz -lm)
TRANSCODER_LIBS   = $(call once,TRANSCODER_LIBS,$(shell pkg-config --libs $(PKGS_TRANSCODER)) -lz -lm)

GEN     := build/gen
CFLAGS  += -std=gnu17 $(OPT) $(WARN) $(SANFLAGS) $(HARDEN) -I. -I$(GEN) -D_GNU_SOURCE \
           -DZOE_VERSION='"$(VERSION)"' -DZOE_SHARE='"$(PREFIX)/share/zoetrope"' -pthread -MMD -MP
LDFLAGS += $(SANFLAGS) -pthread $(if $(SANFLAGS),,-pie -Wl,-z,relro,-z,now) -Wl,--as-needed

BASE_SRC       := $(wildcard base/*.c)
SERVER_SRC     := $(filter-out server/main.c,$(wildcard server/*.c server/*/*.c))
TRANSCODER_SRC := $(filter-out transcoder/main.c,$(wildcard transcoder/*.c))
objs = $(patsubst %.c,$(B)/obj/%.o,$(1))
BASE_OBJ       := $(call objs,$(BASE_SRC))
SQL_OBJ        := $(B)/obj/gen/sql_text.o
SERVER_OBJ     := $(call objs,$(SERVER_SRC)) $(SQL_OBJ)
DB_OBJ         := $(call objs,$(wildcard server/db/*.c)) $(SQL_OBJ)
TRANSCODER_OBJ := $(call objs,$(TRANSCODER_SRC))

all: programs $(if $(SAN),,web)
programs: $(B)/zoetrope $(B)/zoetrope-transcoder

$(B)/zoetrope: $(B)/obj/server/main.o $(SERVER_OBJ) $(BASE_OBJ)
	$(Q)$(if $(V),,echo "  LINK  $@" &&) $(CC) $(LDFLAGS) -o $@ $^ $(SERVER_LIBS)

$(B)/zoetrope-transcoder: $(B)/obj/transcoder/main.o $(TRANSCODER_OBJ) $(BASE_OBJ)
	$(Q)$(if $(V),,echo "  LINK  $@" &&) $(CC) $(LDFLAGS) -o $@ $^ $(TRANSCODER_LIBS)

$(B)/obj/transcoder/%.o $(B)/obj/tests/unit/transcoder_%.o $(B)/obj/tests/fuzz/transcoder_%.o: \
    CFLAGS += $(TRANSCODER_CFLAGS)
$(B)/obj/server/%.o $(B)/obj/base/%.o $(B)/obj/tests/%.o: CFLAGS += $(SERVER_CFLAGS)

$(B)/obj/%.o: %.c | $(GEN)/sql_ids.h
	@mkdir -p $(@D)
	$(Q)$(if $(V),,echo "  CC    $@" &&) $(CC) $(CFLAGS) -c -o $@ $<

$(B)/obj/gen/%.o: $(GEN)/%.c
	@mkdir -p $(@D)
	$(Q)$(if $(V),,echo "  CC    $@" &&) $(CC) $(CFLAGS) -c -o $@ $<

# Where things are installed is compiled in, so another PREFIX compiles those files anew.
$(call objs,$(shell grep -ls ZOE_SHARE server/*.c server/*/*.c)): build/prefix
build/prefix: FORCE
	@mkdir -p build && echo '$(PREFIX)' | cmp -s - $@ || echo '$(PREFIX)' > $@
FORCE:

# sql/*.sql -> enum sql_id and the texts; sql/migrations/*.sql -> the list of migrations. The enum's
# header is replaced only when it changed, so a change of a query's text compiles one file.
$(GEN)/.made: sql/generate.awk $(wildcard sql/*.sql sql/migrations/*.sql)
	@mkdir -p $(GEN)
	awk -v ids=$(GEN)/ids.$$PPID -v text=$(GEN)/text.$$PPID -f sql/generate.awk \
	    $(sort $(wildcard sql/*.sql)) $(sort $(wildcard sql/migrations/*.sql)) \
	    || { rm -f $(GEN)/*.$$PPID; exit 1; }
	@mv -f $(GEN)/text.$$PPID $(GEN)/sql_text.c
	@cmp -s $(GEN)/ids.$$PPID $(GEN)/sql_ids.h && rm $(GEN)/ids.$$PPID \
	    || mv -f $(GEN)/ids.$$PPID $(GEN)/sql_ids.h
	@touch $@
$(GEN)/sql_ids.h $(GEN)/sql_text.c: $(GEN)/.made
	@test -e $@ || { rm $<; $(MAKE) --no-print-directory $<; }

# --- the web client ---------------------------------------------------------------------------
# Needs npm and Node >= 20.19; `make run` gets them. The newest Node at hand is used.

NODE_PATH_FIRST = PATH="$$(packaging/node.sh):$$PATH"
WEB_SRC := $(if $(wildcard web/build.mjs),$(shell find web -type d -name node_modules -prune -o -type f -print))

web: $(if $(WEB_SRC),$(if $(shell command -v npm),build/web/.built,web-without-npm))
web-without-npm:
	@echo "npm is missing: the web client is not built (packaging/install-deps.sh installs it)"

web/node_modules/.package-lock.json: web/package-lock.json web/package.json
	cd web && PATH="$$(../packaging/node.sh):$$PATH" npm ci --no-audit --no-fund
	@touch $@

build/web/.built: $(WEB_SRC) web/node_modules/.package-lock.json
	cd web && PATH="$$(../packaging/node.sh):$$PATH" OUT=$(CURDIR)/build/web npm run --silent build
	@touch $@

# --- run ----------------------------------------------------------------------------------------

run:
	@packaging/install-deps.sh
	@$(MAKE) --no-print-directory all
	@exec build/zoetrope serve --data ./data --url http://localhost:9000 --listen 127.0.0.1:9000

# --- tests ----------------------------------------------------------------------------------------

UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/$(if $(T),$(T),*).c))
FUZZ := $(patsubst tests/fuzz/%.c,$(B)/tests/fuzz_%,$(wildcard tests/fuzz/*.c))

units: $(UNIT)
fuzzers: $(FUZZ)

$(B)/tests/base_%: $(B)/obj/tests/unit/base_%.o $(BASE_OBJ)
	@mkdir -p $(@D)
	$(Q)$(if $(V),,echo "  LINK  $@" &&) $(CC) $(LDFLAGS) -o $@ $^ $(SERVER_LIBS) -lcmocka
$(B)/tests/db_%: $(B)/obj/tests/unit/db_%.o $(DB_OBJ) $(BASE_OBJ)
	@mkdir -p $(@D)
	$(Q)$(if $(V),,echo "  LINK  $@" &&) $(CC) $(LDFLAGS) -o $@ $^ $(SERVER_LIBS) -lcmocka
$(B)/tests/transcoder_%: $(B)/obj/tests/unit/transcoder_%.o $(TRANSCODER_OBJ) $(BASE_OBJ)
	@mkdir -p $(@D)
	$(Q)$(if $(V),,echo "  LINK  $@" &&) $(CC) $(LDFLAGS) -o $@ $^ $(TRANSCODER_LIBS) -lcmocka
$(B)/tests/fuzz_base_%: $(B)/obj/tests/fuzz/base_%.o $(BASE_OBJ)
	@mkdir -p $(@D)
	$(Q)$(if $(V),,echo "  LINK  $@" &&) $(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(SERVER_LIBS)
$(B)/tests/fuzz_transcoder_%: $(B)/obj/tests/fuzz/transcoder_%.o $(TRANSCODER_OBJ) $(BASE_OBJ)
	@mkdir -p $(@D)
	$(Q)$(if $(V),,echo "  LINK  $@" &&) $(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(TRANSCODER_LIBS)
$(B)/tests/fuzz_%: $(B)/obj/tests/fuzz/%.o $(SERVER_OBJ) $(BASE_OBJ)
	@mkdir -p $(@D)
	$(Q)$(if $(V),,echo "  LINK  $@" &&) $(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(SERVER_LIBS)
$(B)/tests/bench_%: $(B)/obj/tests/bench/%.o $(SERVER_OBJ) $(BASE_OBJ)
	@mkdir -p $(@D)
	$(Q)$(if $(V),,echo "  LINK  $@" &&) $(CC) $(LDFLAGS) -o $@ $^ $(SERVER_LIBS)
$(B)/tests/%: $(B)/obj/tests/unit/%.o $(SERVER_OBJ) $(BASE_OBJ)
	@mkdir -p $(@D)
	$(Q)$(if $(V),,echo "  LINK  $@" &&) $(CC) $(LDFLAGS) -o $@ $^ $(SERVER_LIBS) -lcmocka

test:
	@packaging/install-deps.sh test
	@MAKE="$(MAKE)" tests/run.sh "$(T)" "$(K)"

tests/node_modules/.package-lock.json: tests/package-lock.json tests/package.json
	cd tests && PATH="$$(../packaging/node.sh):$$PATH" npm ci --silent --no-audit --no-fund
	@touch $@

crash: all
	ROUNDS=$(or $(ROUNDS),200) node --test tests/crash/crash.test.mjs

bench:
	@packaging/install-deps.sh bench
	@$(MAKE) --no-print-directory all $(B)/tests/bench_inbox_load
	@$(NODE_PATH_FIRST) node tests/bench/bench.mjs $(BENCH)

# --- lint -----------------------------------------------------------------------------------------

lint:
	@packaging/install-deps.sh test
	@MAKE="$(MAKE)" tests/lint/lint.sh

format:
	clang-format -i $$(find base server transcoder tests/unit tests/fuzz tests/bench -name '*.[ch]')

# Every header compiles alone.
headers: $(GEN)/sql_ids.h
	@find base server transcoder -name '*.h' | sort | xargs -P "$$(nproc)" -I{} \
	    sh -c 'echo "#include \"{}\"" | $(CC) $(filter-out -MMD -MP -g,$(CFLAGS)) $(SERVER_CFLAGS) \
	    $(TRANSCODER_CFLAGS) -fsyntax-only -x c - || { echo "{} does not compile alone"; exit 255; }'

# --- install ----------------------------------------------------------------------------------------

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/zoetrope \
	    $(DESTDIR)$(PREFIX)/share/doc/zoetrope $(DESTDIR)$(PREFIX)/lib/systemd/system
	install build/zoetrope build/zoetrope-transcoder $(DESTDIR)$(PREFIX)/bin/
	if [ -d build/web ]; then rm -rf $(DESTDIR)$(PREFIX)/share/zoetrope/web && \
	    cp -r build/web $(DESTDIR)$(PREFIX)/share/zoetrope/web && \
	    rm -f $(DESTDIR)$(PREFIX)/share/zoetrope/web/.built; fi
	for unit in zoetrope zoetrope-worker; do sed 's|@PREFIX@|$(PREFIX)|g' packaging/$$unit.service \
	    > $(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit.service; done
	install -m 644 packaging/zoetrope.conf packaging/nginx.conf packaging/Caddyfile README.md LICENSE \
	    $(DESTDIR)$(PREFIX)/share/doc/zoetrope/

clean:
	rm -rf build

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

.PHONY: all programs web web-without-npm run units fuzzers test crash bench lint \
    format headers install clean FORCE
