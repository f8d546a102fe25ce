// The player: media-chrome's controls around hls.js, a native HLS player, or a plain MP4.
//
// Loaded only when a video is watched. It is plain DOM and gets what it needs handed in, so that the chunk
// shares no code with the rest of the client and the first page stays small.
//
// A video may be watched while it is still being made: its playlists grow (EXT-X-PLAYLIST-TYPE:EVENT), the
// time range shows how far it is ready, and rungs that appear later are taken up without a break.

import 'media-chrome/dist/media-controller.js'
import 'media-chrome/dist/media-control-bar.js'
import 'media-chrome/dist/media-play-button.js'
import 'media-chrome/dist/media-mute-button.js'
import 'media-chrome/dist/media-volume-range.js'
import 'media-chrome/dist/media-time-range.js'
import 'media-chrome/dist/media-time-display.js'
import 'media-chrome/dist/media-pip-button.js'
import 'media-chrome/dist/media-fullscreen-button.js'
import 'media-chrome/dist/media-loading-indicator.js'
import 'media-chrome/dist/media-airplay-button.js'
import type { Caption, Chapter, Progress, Storyboard, VideoDetails } from '../types'
import type { strings } from '../strings'
import { Keys } from './keys'
import { Settings } from './settings'
import { HlsStream, hlsSupported, type Quality, type Stream } from './stream'

export interface PlayerOptions {
    video: VideoDetails
    poster: string | null
    /** seconds to begin at */
    start: number
    autoplay: boolean
    progress: Progress | null
    text: typeof strings.player
    formatTime: (seconds: number) => string
    read: (key: string) => string | null
    write: (key: string, value: string | null) => void
    onTheatre?: () => void
    loop?: boolean
    muted?: boolean
    /** shown on the picture: for pages which show nothing else */
    title?: { text: string; href: string }
}

export interface Player {
    readonly media: HTMLVideoElement
    seek(seconds: number): void
    setProgress(progress: Progress): void
    setVideo(video: VideoDetails): void
    addTracks(captions: Caption[], chapters: Chapter[], storyboards: Storyboard[]): void
    destroy(): void
}

/** Closer than this to what is ready counts as having arrived there. */
const EDGE_SECONDS = 0.6

export function createPlayer(host: HTMLElement, options: PlayerOptions): Player {
    return new VideoPlayer(host, options)
}

export function element<K extends keyof HTMLElementTagNameMap>(name: K, attributes?: Record<string, string>, ...children: (Node | string)[]): HTMLElementTagNameMap[K]
export function element(name: string, attributes?: Record<string, string>, ...children: (Node | string)[]): HTMLElement
export function element(name: string, attributes: Record<string, string> = {}, ...children: (Node | string)[]): HTMLElement {
    const made = document.createElement(name)
    for (const [key, value] of Object.entries(attributes))
        made.setAttribute(key, value)
    made.append(...children)
    return made
}

export function icon(path: string): SVGElement {
    const ns = 'http://www.w3.org/2000/svg'
    const svg = document.createElementNS(ns, 'svg')
    for (const [key, value] of Object.entries({ viewBox: '0 0 24 24', width: '24', height: '24', fill: 'none',
        stroke: 'currentColor', 'stroke-width': '1.8', 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' }))
        svg.setAttribute(key, value)
    const line = document.createElementNS(ns, 'path')
    line.setAttribute('d', path)
    svg.append(line)
    return svg
}

class VideoPlayer implements Player {
    readonly media: HTMLVideoElement
    private readonly box: HTMLElement
    private readonly range: HTMLElement
    private readonly message: HTMLElement
    private readonly bezel: HTMLElement
    private readonly sound: HTMLElement
    private readonly live: HTMLElement
    private readonly captionsButton: HTMLButtonElement
    private readonly settings: Settings
    private readonly keys: Keys
    private readonly end = new AbortController()
    private stream: Stream | null = null
    private video: VideoDetails
    private progress: Progress | null
    private fallbacks: (() => Stream | null)[] = []
    private holding = false
    private reloadedAt = 0
    private reloads = 0
    private missing = ''
    private rungTimer: ReturnType<typeof setTimeout> | undefined
    private bezelTimer: ReturnType<typeof setTimeout> | undefined

    constructor(host: HTMLElement, private readonly options: PlayerOptions) {
        const { text } = options
        this.video = options.video
        this.progress = options.progress

        this.media = element('video', { slot: 'media', playsinline: '', preload: 'metadata', tabindex: '-1' })
        this.media.loop = options.loop ?? false
        this.restoreVolume()
        this.range = element('media-time-range', { class: 'player-time' })
        this.message = element('div', { slot: 'centered-chrome', class: 'player-message', hidden: '', noautohide: '' })
        this.bezel = element('div', { slot: 'centered-chrome', class: 'player-bezel', hidden: '', 'aria-hidden': 'true', noautohide: '' })
        this.sound = element('div', { slot: 'centered-chrome', class: 'player-sound', hidden: '', noautohide: '' },
            icon('M4 10v4M8 7v10M12 4v16M16 8v8M20 10.5v3'), element('span', {}, text.audioOnly))
        this.live = element('div', { slot: 'top-chrome', class: 'visually-hidden', role: 'status', 'aria-live': 'polite', noautohide: '' })

        this.captionsButton = element('button', { type: 'button', class: 'player-button', 'aria-pressed': 'false',
            'aria-label': text.captions, title: `${text.captions} (c)`, hidden: '' },
            icon('M5.5 5.5h13a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2ZM10.5 10.7a2 2 0 1 0 0 2.6M16.8 10.7a2 2 0 1 0 0 2.6'))
        this.captionsButton.addEventListener('click', () => this.toggleCaptions())
        const theatre = element('button', { type: 'button', class: 'player-button player-theatre', 'aria-label': text.theatre, title: `${text.theatre} (t)` },
            icon('M3.5 8a1.5 1.5 0 0 1 1.5-1.5h14A1.5 1.5 0 0 1 20.5 8v8a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 16Z'))
        theatre.addEventListener('click', () => options.onTheatre?.())
        theatre.hidden = !options.onTheatre
        this.settings = new Settings(text, {
            qualities: () => this.stream?.qualities() ?? [],
            quality: () => this.stream?.chosen() ?? -1,
            playingQuality: () => this.stream?.playing() ?? null,
            setQuality: id => this.stream?.choose(id),
            rate: () => this.media.playbackRate,
            setRate: rate => this.setRate(rate),
            sounds: () => this.stream?.sounds() ?? [],
            sound: () => this.stream?.sound() ?? -1,
            setSound: id => this.stream?.chooseSound(id),
            captions: () => this.captionTracks(),
            setCaptions: track => this.showCaptions(track)
        })

        // fallback labels in English come from media-chrome itself; it sets its own aria-labels
        const bar = element('media-control-bar', {},
            element('media-play-button', { notooltip: '' }),
            element('media-mute-button', { notooltip: '' }),
            element('media-volume-range', { class: 'player-volume' }),
            element('media-time-display', { showduration: '', notoggle: '' }),
            element('span', { class: 'player-spacer' }),
            this.captionsButton, this.settings.button,
            ...'WebKitPlaybackTargetAvailabilityEvent' in window ? [element('media-airplay-button', { notooltip: '' })] : [],
            element('media-pip-button', { notooltip: '', class: 'player-pip' }),
            theatre,
            element('media-fullscreen-button', { notooltip: '' }))
        const bigPlay = element('button', { type: 'button', slot: 'centered-chrome', class: 'player-big-play', 'aria-label': text.play },
            icon('M8 5.2v13.6L18.8 12Z'))
        bigPlay.addEventListener('click', () => void this.media.play().catch(() => undefined))
        this.box = element('media-controller', {
            class: 'player', nohotkeys: '', novolumepref: '', nomutedpref: '', defaultstreamtype: 'on-demand', noautoseektolive: '', autohide: '3', tabindex: '-1',
            ...this.video.duration > 0 && { defaultduration: String(this.video.duration) }
        }, this.media)
        if (options.poster)
            this.box.append(element('img', { slot: 'poster', class: 'player-poster', src: options.poster, alt: '' }))
        this.box.append(
            this.sound,
            element('media-loading-indicator', { slot: 'centered-chrome', noautohide: '', loadingdelay: '400' }),
            bigPlay,
            this.message, this.bezel, this.live, this.settings.menu,
            element('div', { class: 'player-bottom' }, this.range, bar))
        if (options.title)
            this.box.append(element('div', { slot: 'top-chrome', class: 'player-title' },
                element('a', { href: options.title.href, target: '_blank', rel: 'noopener' }, options.title.text)))
        host.append(this.box)

        this.keys = new Keys(this.box, {
            media: this.media, text, say: t => this.say(t), seek: t => this.seek(t), step: n => this.setRate(this.nearRate(n)),
            captions: () => this.toggleCaptions(), theatre: () => options.onTheatre?.(), duration: () => this.duration()
        }, this.end.signal)

        this.listen()
        const rate = Number(options.read('rate'))
        if (rate >= 0.25 && rate <= 4)
            this.media.defaultPlaybackRate = this.media.playbackRate = rate
        this.planFallbacks(options.start)
        this.next()
        this.setReady()
        if (options.autoplay)
            void this.media.play().catch(() => undefined) // not allowed without a click: the poster waits
    }

    /* --- sources: hls.js, the browser's own HLS, then MP4 files, best suited first */

    private planFallbacks(start: number): void {
        const playlist = this.video.streamingPlaylists[0]?.playlistUrl
        // of other software a rung may be a file with picture and sound
        const whole = this.video.streamingPlaylists[0]?.files.filter(f => f.hasVideo && f.hasAudio) ?? []
        const files = [...this.video.files, ...whole].filter(f => f.fileUrl)
        const suited = (height: number) => Math.abs(height - Math.min(720, screen.height * devicePixelRatio))
        files.sort((a, b) => suited(a.resolution.id) - suited(b.resolution.id))
        if (playlist && hlsSupported())
            this.fallbacks.push(() => new HlsStream(this.media, this.local(playlist), {
                start, live: this.video.isLive ?? false, duration: this.video.duration, label: (height, width, fps) => this.label(height, width, fps),
                bandwidth: Number(this.options.read('bandwidth')) || 0,
                usable: rung => this.usable(rung), alternative: files.length > 0,
                failed: () => this.next(), changed: () => this.settings.refresh(),
                trouble: on => on ? this.explain(this.options.text.network) : this.hideMessage()
            }))
        if (playlist && this.media.canPlayType('application/vnd.apple.mpegurl'))
            this.fallbacks.push(() => this.plain(this.local(playlist), start))
        for (const file of files)
            this.fallbacks.push(() => this.plain(this.local(file.fileUrl), start))
    }

    private local(url: string): string {
        return this.video.isLocal === false ? url : samePath(url)
    }

    private plain(url: string, start: number): Stream {
        const at = this.media.currentTime || start
        this.media.src = at > 0 ? `${url}#t=${at}` : url
        const error = () => this.next()
        this.media.addEventListener('error', error, { once: true })
        return {
            sounds: () => [], sound: () => -1, chooseSound: () => undefined,
            qualities: () => [], chosen: () => -1, playing: () => null, choose: () => undefined, reload: () => undefined,
            rungs: () => [], hurry: () => undefined,
            bandwidth: () => 0,
            destroy: () => {
                this.media.removeEventListener('error', error)
                this.media.removeAttribute('src')
                this.media.load()
            }
        }
    }

    private next(): void {
        const wasPlaying = this.stream !== null && !this.media.paused
        this.stream?.destroy()
        const make = this.fallbacks.shift()
        this.stream = make?.() ?? null
        if (this.stream) {
            if (wasPlaying)
                void this.media.play().catch(() => undefined)
            this.settings.refresh()
            return
        }
        const { text } = this.options
        const nothing = this.video.streamingPlaylists.length === 0 && this.video.files.length === 0
        this.explain(text.failed, nothing || hlsSupported() ? '' : text.unsupported, () => {
            this.hideMessage()
            this.planFallbacks(this.media.currentTime)
            this.next()
        })
    }

    private label(height: number, width: number, fps: number): string {
        const short = Math.min(height, width) || height
        const files = this.video.streamingPlaylists[0]?.files ?? []
        const file = files.find(f => f.height === height && f.width === width) ?? files.find(f => f.resolution.id === short)
        const name = file?.resolution.label ?? this.progress?.rungs.find(r => r.resolution === short)?.label ?? `${short}p`
        return fps > 32 && !/\d$/.test(name) ? `${name}${Math.round(fps)}` : name
    }

    /* --- what the page tells */

    setProgress(progress: Progress): void {
        this.progress = progress
        this.setReady()
        this.updateEdge()
        this.takeUpRungs()
        if (this.starved() && progress.readyMs / 1000 > this.media.currentTime + 1)
            this.stream?.hurry()
    }

    /** As far as the furthest one, or nearly: see filteringLoader. */
    private usable(rung: number): boolean {
        const rungs = this.progress?.rungs ?? []
        const it = rungs.find(r => r.resolution === rung)
        if (!it || it.done)
            return true
        if (!this.growing())
            return false
        const furthest = Math.max(...rungs.filter(r => r.playable && r.resolution > 0).map(r => r.percent))
        return it.playable && it.percent >= furthest - Math.max(3, 800 / Math.max(1, this.video.duration))
    }

    /** Nothing left to show, and more may come. */
    private starved(): boolean {
        const { media } = this
        return !media.paused && !media.ended && media.readyState < 3
    }

    /** Reads the master again when rungs have become usable that it did not list; a few times, should the
     *  server be later with the master than with the news. */
    private takeUpRungs(): void {
        const used = this.stream?.rungs() ?? []
        const missing = (this.progress?.rungs ?? [])
            .filter(r => r.resolution > 0 && r.playable && this.usable(r.resolution) && !used.includes(r.resolution))
            .map(r => r.resolution).join()
        if (used.length === 0 || missing === '')
            return
        if (missing !== this.missing) {
            this.missing = missing
            this.reloads = 0
        }
        if (this.reloads >= 3 || Date.now() - this.reloadedAt < 3000)
            return
        this.reloads++
        this.reload()
        clearTimeout(this.rungTimer)
        this.rungTimer = setTimeout(() => this.takeUpRungs(), 3500)
    }

    private reload(): void {
        const url = this.video.streamingPlaylists[0]?.playlistUrl
        if (!url)
            return
        this.reloadedAt = Date.now()
        this.stream?.reload(this.local(url))
    }

    /** New details: the rungs may be others than those the master listed when it was loaded. */
    setVideo(video: VideoDetails): void {
        const before = this.video.streamingPlaylists[0]?.playlistUrl
        this.video = video
        if (this.stream) {
            if (before !== video.streamingPlaylists[0]?.playlistUrl)
                this.reload()
        } else {
            this.hideMessage()
            this.planFallbacks(this.media.currentTime)
            this.next()
        }
    }

    seek(seconds: number): void {
        const to = Math.max(0, Math.min(seconds, this.duration() || seconds))
        this.media.currentTime = to
    }

    addTracks(captions: Caption[], chapters: Chapter[], storyboards: Storyboard[]): void {
        const wanted = this.options.read('captions')
        for (const caption of captions) {
            const src = caption.captionPath ?? caption.fileUrl
            if (!src)
                continue
            const name = caption.automaticallyGenerated ? `${caption.language.label} (${this.options.text.automatic})` : caption.language.label
            const track = element('track', { kind: 'captions', srclang: caption.language.id, label: name, src: this.local(src) })
            this.media.append(track)
            track.track.mode = wanted === caption.language.id ? 'showing' : 'disabled'
        }
        this.captionsButton.hidden = this.captionTracks().length === 0
        this.captionsChanged()

        if (chapters.length > 0) {
            const track = this.media.addTextTrack('chapters', 'chapters')
            chapters.forEach((chapter, i) => {
                const until = chapters[i + 1]?.timecode ?? Math.max(this.video.duration, chapter.timecode + 1)
                track.addCue(new VTTCue(chapter.timecode, until, chapter.title))
            })
            track.mode = 'hidden'
        }
        // the first sheet shows the whole; those that follow, if any, show it in finer steps
        const sheets = storyboards.length > 1 ? storyboards.slice(1) : storyboards
        const previews = sheets.length > 0 ? this.media.addTextTrack('metadata', 'thumbnails') : null
        for (const sheet of previews ? sheets : [])
            this.addSheet(previews as TextTrack, sheet)
        if (previews)
            previews.mode = 'hidden'
    }

    private addSheet(track: TextTrack, sheet: Storyboard): void {
        const place = sheet.storyboardPath ?? sheet.fileUrl
        if (!place || !(sheet.spriteWidth > 0 && sheet.spriteDuration > 0))
            return
        const url = new URL(this.local(place), location.href).href
        const columns = Math.max(1, Math.floor(sheet.totalWidth / sheet.spriteWidth))
        const rows = Math.max(1, Math.floor(sheet.totalHeight / sheet.spriteHeight))
        const start = sheet.startTime ?? 0
        const count = Math.min(columns * rows, sheet.sprites ?? Infinity, Math.ceil((this.video.duration - start) / sheet.spriteDuration))
        for (let i = 0; i < count; i++) {
            const at = start + i * sheet.spriteDuration
            const x = (i % columns) * sheet.spriteWidth
            const y = Math.floor(i / columns) * sheet.spriteHeight
            track.addCue(new VTTCue(at, at + sheet.spriteDuration, `${url}#xywh=${x},${y},${sheet.spriteWidth},${sheet.spriteHeight}`))
        }
    }

    destroy(): void {
        const bandwidth = this.stream?.bandwidth() ?? 0
        if (bandwidth > 0)
            this.options.write('bandwidth', String(Math.round(bandwidth)))
        this.end.abort()
        clearTimeout(this.bezelTimer)
        clearTimeout(this.rungTimer)
        this.settings.destroy()
        this.stream?.destroy()
        this.box.remove()
    }

    /* --- a stream that is still growing */

    private growing(): boolean {
        const p = this.progress
        return p !== null && p.state.id !== 7 && p.durationMs > 0 && p.readyMs > 0 && p.readyMs < p.durationMs - 1000
    }

    private duration(): number {
        return Number.isFinite(this.media.duration) && this.media.duration > 0 ? this.media.duration : this.video.duration
    }

    private setReady(): void {
        const p = this.progress
        const share = p && this.growing() ? p.readyMs / p.durationMs : 1
        this.box.style.setProperty('--ready', `${(share * 100).toFixed(2)}%`)
        this.box.toggleAttribute('growing', this.growing())
    }

    private updateEdge(): void {
        const p = this.progress
        if (p && this.growing() && this.starved() && this.media.currentTime >= p.readyMs / 1000 - 12)
            this.explain(this.options.text.edge, this.options.text.edgeText(
                this.options.formatTime(p.readyMs / 1000), this.options.formatTime(p.durationMs / 1000)))
        else if (this.message.dataset['kind'] === 'edge')
            this.hideMessage()
    }

    /** The sound may be ready further than the picture, and browsers play on for seconds without a picture.
     *  A seek to just behind the last frame makes them wait for both. */
    private holdAtEdge(): void {
        const { media } = this
        if (!this.growing() || media.paused || media.seeking)
            return
        const { buffered, currentTime } = media
        for (let i = 0; i < buffered.length; i++)
            if (currentTime >= buffered.start(i) && currentTime <= buffered.end(i) + 0.05)
                return
        const before = buffered.length > 0 ? buffered.end(buffered.length - 1) : 0
        if (before > 0 && currentTime > before && currentTime < before + 5) {
            this.holding = true
            media.currentTime = before + 0.02
            media.addEventListener('seeking', () => setTimeout(() => { this.holding = false }), { once: true })
        }
    }

    private listen(): void {
        const on = (name: string, act: (e: Event) => void) => this.media.addEventListener(name, act, { signal: this.end.signal })
        on('seeking', () => {
            const p = this.progress
            const ready = (p?.readyMs ?? 0) / 1000
            if (p && this.growing() && !this.holding && this.media.currentTime > ready - EDGE_SECONDS) {
                this.media.currentTime = Math.max(0, ready - 2)
                this.say(this.options.text.beyond(this.options.formatTime(ready)))
            }
        })
        on('timeupdate', () => this.holdAtEdge())
        for (const name of ['waiting', 'playing', 'pause', 'seeked', 'timeupdate', 'canplay'])
            on(name, () => this.updateEdge())
        on('loadeddata', () => this.soundOnly())
        on('resize', () => {
            this.soundOnly()
            this.settings.refresh()
        })
        on('ratechange', () => this.settings.refresh())
        on('volumechange', () => {
            if (this.options.muted === undefined)
                this.options.write('volume', `${this.media.muted ? '-' : ''}${this.media.volume}`)
        })
        on('play', () => this.box.setAttribute('started', ''))
        this.media.textTracks.addEventListener('change', () => this.captionsChanged(), { signal: this.end.signal })
        // one finger on the picture shows the controls, two quick ones at a side jump
        let last = { at: 0, x: 0 }
        this.box.addEventListener('pointerup', e => {
            if (e.pointerType !== 'touch' || e.composedPath()[0] !== this.media && !(e.composedPath()[0] as Element).closest?.('media-gesture-receiver'))
                return
            const bounds = this.box.getBoundingClientRect()
            const x = (e.clientX - bounds.left) / bounds.width
            if (e.timeStamp - last.at < 320 && Math.abs(x - last.x) < 0.2 && (x < 0.35 || x > 0.65)) {
                this.seek(this.media.currentTime + (x < 0.5 ? -10 : 10))
                this.say(x < 0.5 ? '− 10 s' : '+ 10 s')
                last = { at: 0, x: 0 }
            } else {
                last = { at: e.timeStamp, x }
            }
        }, { signal: this.end.signal })
        this.box.addEventListener('dblclick', e => {
            const path = e.composedPath()
            if (path.some(n => n instanceof Element && n.matches('.player-bottom, .player-menu, .player-message')) || matchMedia('(pointer: coarse)').matches)
                return
            this.keys.fullscreen()
        }, { signal: this.end.signal })
    }

    /** Kept as the volume, with a minus when muted. A page that asks for silence neither reads nor changes it. */
    private restoreVolume(): void {
        const kept = this.options.read('volume')
        const volume = Math.abs(Number(kept ?? NaN))
        if (this.options.muted === undefined && volume >= 0 && volume <= 1) {
            this.media.volume = volume
            this.media.muted = kept?.startsWith('-') ?? false
        } else {
            this.media.muted = this.options.muted ?? false
        }
    }

    /* --- captions and speed */

    /** One a language: a browser that plays the stream by itself finds them in there a second time. */
    private captionTracks(): TextTrack[] {
        const seen = new Set<string>()
        return [...this.media.textTracks].filter(t => (t.kind === 'captions' || t.kind === 'subtitles')
            && !seen.has(t.language) && seen.add(t.language))
    }

    private showCaptions(track: TextTrack | null): void {
        for (const other of this.captionTracks())
            other.mode = other === track ? 'showing' : 'disabled'
        this.options.write('captions', track?.language ?? null)
        this.captionsChanged()
    }

    private toggleCaptions(): void {
        const tracks = this.captionTracks()
        if (tracks.length === 0)
            return
        const shown = tracks.find(t => t.mode === 'showing')
        const language = navigator.language.split('-')[0]
        const chosen = shown ? null : tracks.find(t => t.language === language) ?? tracks[0] ?? null
        this.showCaptions(chosen)
        this.say(chosen ? `${this.options.text.captions}: ${chosen.label}` : `${this.options.text.captions}: ${this.options.text.off}`)
    }

    private captionsChanged(): void {
        const on = this.captionTracks().some(t => t.mode === 'showing')
        this.captionsButton.setAttribute('aria-pressed', String(on))
        this.settings.refresh()
    }

    private setRate(rate: number): void {
        this.media.playbackRate = rate
        this.media.defaultPlaybackRate = rate
        this.options.write('rate', rate === 1 ? null : String(rate))
        this.say(`${rate}×`)
    }

    private nearRate(step: number): number {
        const rates = Settings.rates
        const at = rates.findIndex(r => r >= this.media.playbackRate - 0.01)
        return rates[Math.max(0, Math.min(rates.length - 1, (at < 0 ? rates.length - 1 : at) + step))] ?? 1
    }

    /** No picture in it: the poster stays, or something calm takes its place. */
    private soundOnly(): void {
        const sound = this.media.videoWidth === 0
        this.sound.hidden = !sound || this.options.poster !== null
        if (sound && this.options.poster)
            this.media.poster = this.options.poster
    }

    /* --- messages on the picture */

    private say(text: string): void {
        this.bezel.textContent = text
        this.live.textContent = text
        this.bezel.hidden = false
        clearTimeout(this.bezelTimer)
        this.bezelTimer = setTimeout(() => { this.bezel.hidden = true }, 900)
    }

    private explain(title: string, detail = '', retry?: () => void): void {
        const shown = `${title}\n${detail}`
        if (!this.message.hidden && this.message.dataset['text'] === shown)
            return
        this.message.dataset['text'] = shown
        this.message.dataset['kind'] = title === this.options.text.edge ? 'edge' : 'other'
        this.message.replaceChildren(element('strong', {}, title))
        if (detail)
            this.message.append(element('span', {}, detail))
        if (retry) {
            const button = element('button', { type: 'button', class: 'button' }, this.options.text.retry)
            button.addEventListener('click', retry)
            this.message.append(button)
        }
        this.message.hidden = false
        this.live.textContent = title
    }

    private hideMessage(): void {
        this.message.hidden = true
        this.message.dataset['kind'] = ''
    }
}

/** The API writes addresses with the public host; the page may have been reached by another name, and its
 *  policy allows its own origin only. */
function samePath(url: string): string {
    try {
        const at = new URL(url, location.href)
        return at.origin === location.origin || !/^\/(static|lazy-static|download|object-storage-proxy)\//.test(at.pathname)
            ? url : at.pathname + at.search
    } catch {
        return url
    }
}

export type { Quality }
