# Zoetrope. `make run` runs it, `make test` tests it; README.md tells the rest.
#
#   make                 build/zoetrope and build/zoetrope-transcoder (and the web client)
#   make test [T=name]   everything, sanitizers on; T picks one unit, K one case in it
#   make test SAN=thread the concurrent parts under the thread sanitizer
#   make lint bench install clean

CC       ?= gcc
PREFIX   ?= /usr/local
VERSION  := 0.1.0
PKGS_SERVER     := libmicrohttpd sqlite3 libcurl libssl libcrypto jansson libargon2 inih libcmark-gfm
PKGS_TRANSCODER := libavformat libavcodec libavfilter libswscale libswresample libavutil libseccomp jansson libcrypto
WARN  := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
         -Wmissing-prototypes -Wvla -Wformat=2 -Wundef -Werror
OPT   ?= -O2 -g

SAN ?=
ifeq ($(SAN),address)
B := build/asan
SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OPT := -O1 -g
else ifeq ($(SAN),thread)
B := build/tsan
SANFLAGS := -fsanitize=thread
OPT := -O1 -g
else
B := build
SANFLAGS :=
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
endif

isystem = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(1) 2>/dev/null))
CFLAGS  += -std=gnu17 $(OPT) $(WARN) $(SANFLAGS) $(HARDEN) -I. -I$(GEN) -D_GNU_SOURCE \
           -DZOE_VERSION='"$(VERSION)"' -DZOE_SHARE='"$(PREFIX)/share/zoetrope"' -pthread -MMD -MP
LDFLAGS += $(SANFLAGS) -pthread $(if $(SANFLAGS),,-pie -Wl,-z,relro,-z,now)
GEN     := build/gen

BASE_SRC       := $(wildcard base/*.c)
SERVER_SRC     := $(filter-out server/main.c,$(wildcard server/*.c server/*/*.c))
TRANSCODER_SRC := $(filter-out transcoder/main.c,$(wildcard transcoder/*.c))
objs = $(patsubst %.c,$(B)/obj/%.o,$(1))
BASE_OBJ       := $(call objs,$(BASE_SRC))
SERVER_OBJ     := $(call objs,$(SERVER_SRC)) $(B)/obj/gen/sql_text.o
TRANSCODER_OBJ := $(call objs,$(TRANSCODER_SRC))
SERVER_LIBS     = $(shell pkg-config --libs $(PKGS_SERVER)) -lm
TRANSCODER_LIBS = $(shell pkg-config --libs $(PKGS_TRANSCODER)) -lm

all: $(B)/zoetrope $(B)/zoetrope-transcoder $(if $(SAN),,web)
programs: $(B)/zoetrope $(B)/zoetrope-transcoder

$(B)/zoetrope: $(B)/obj/server/main.o $(SERVER_OBJ) $(BASE_OBJ)
	$(CC) $(LDFLAGS) -o $@ $^ $(SERVER_LIBS)

$(B)/zoetrope-transcoder: $(B)/obj/transcoder/main.o $(TRANSCODER_OBJ) $(BASE_OBJ)
	$(CC) $(LDFLAGS) -o $@ $^ $(TRANSCODER_LIBS)

$(B)/obj/transcoder/%.o $(B)/obj/tests/unit/transcoder_%.o: CFLAGS += $(call isystem,$(PKGS_TRANSCODER))
$(B)/obj/server/%.o $(B)/obj/base/%.o: CFLAGS += $(call isystem,$(PKGS_SERVER))

$(B)/obj/%.o: %.c | $(GEN)/sql_ids.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

$(B)/obj/gen/%.o: $(GEN)/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

# sql/*.sql -> enum sql_id and the texts; sql/migrations/*.sql -> the list of migrations
$(GEN)/sql_ids.h $(GEN)/sql_text.c &: sql/generate.awk $(wildcard sql/*.sql sql/migrations/*.sql)
	@mkdir -p $(GEN)
	awk -v ids=$(GEN)/sql_ids.h -v text=$(GEN)/sql_text.c -f sql/generate.awk \
	    $(sort $(wildcard sql/*.sql)) $(sort $(wildcard sql/migrations/*.sql))

-include Makefile.parts
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

clean:
	rm -rf build

.PHONY: all programs clean
