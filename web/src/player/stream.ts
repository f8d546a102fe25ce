// hls.js behind the few words the player needs.

import Hls, { type HlsConfig, type Level, type Loader, type LoaderCallbacks, type LoaderConfiguration, type PlaylistLoaderContext } from 'hls.js'
import { withoutRungs } from './master'

export interface Quality { id: number; label: string; height: number }

export interface Sound { id: number; label: string; language: string }

export interface Stream {
    /** one entry or none: there is nothing to choose */
    sounds(): Sound[]
    sound(): number
    chooseSound(id: number): void
    qualities(): Quality[]
    /** the level somebody chose, -1 for automatic */
    chosen(): number
    playing(): string | null
    choose(id: number): void
    /** short sides of the rungs in use */
    rungs(): number[]
    /** the master may list other rungs now */
    reload(url: string): void
    /** more is there than the playlists said when last read */
    hurry(): void
    bandwidth(): number
    destroy(): void
}

interface Options {
    start: number
    live: boolean
    duration: number
    bandwidth: number
    label: (height: number, width: number, fps: number) => string
    /** whether a rung is as far as it has to be to be switched to */
    usable: (rung: number) => boolean
    /** other sources are left, so one that has given nothing yet is soon given up */
    alternative: boolean
    failed: () => void
    changed: () => void
    trouble: (on: boolean) => void
}

export function hlsSupported(): boolean {
    return Hls.isSupported()
}

export class HlsStream implements Stream {
    private hls: Hls
    private media: HTMLVideoElement
    private recoveries = 0
    private lastRecovery = 0
    private networkTries = 0
    private gave = false // some of it was played, or could have been
    private timer: ReturnType<typeof setTimeout> | undefined
    private pending: Hls | null = null
    private hurried = 0
    /** levels get other numbers when the master changes: what was chosen is remembered by its size */
    private chosenHeight: number | null = null
    private chosenSound: string | null = null
    private readonly wantMore = () => { this.hls.config.maxBufferLength = 30 }

    constructor(media: HTMLVideoElement, private url: string, private readonly options: Options) {
        this.media = media
        this.hls = this.make(options.start)
        this.listen(this.hls)
        this.hls.loadSource(url)
        this.attach(this.hls, media)
        media.addEventListener('play', this.wantMore)
    }

    private make(start: number): Hls {
        const { usable } = this.options
        const config: Partial<HlsConfig> = {
            pLoader: filteringLoader(usable),
            enableWorker: false, // fragmented MP4 needs no remuxing
            startPosition: start, // also for playlists that still grow: never at their end
            lowLatencyMode: false,
            capLevelToPlayerSize: true,
            abrEwmaDefaultEstimate: this.options.bandwidth > 0 ? Math.min(this.options.bandwidth, 2e7) : 3e6,
            maxBufferLength: this.media.paused ? 8 : 30, // little, until somebody really watches
            maxMaxBufferLength: 120,
            backBufferLength: 60,
            maxLiveSyncPlaybackRate: 1,
            liveDurationInfinity: false
        }
        const hls = new Hls(config)
        // A growing playlist is no live one: whoever waits at its end must not be thrown back to an "edge".
        if (!this.options.live)
            Object.defineProperty(hls, 'liveSyncPosition', { get: () => null })
        return hls
    }

    private attach(hls: Hls, media: HTMLVideoElement): void {
        // the whole duration from the start, though the playlist may not have grown to it yet
        if (this.options.duration > 0)
            hls.attachMedia({ media, overrides: { duration: this.options.duration } })
        else
            hls.attachMedia(media)
    }

    private listen(hls: Hls): void {
        hls.on(Hls.Events.MANIFEST_PARSED, () => {
            this.rechoose(hls)
            this.options.changed()
        })
        hls.on(Hls.Events.LEVEL_SWITCHED, () => this.options.changed())
        hls.on(Hls.Events.AUDIO_TRACKS_UPDATED, () => {
            const id = hls.audioTracks.findIndex(t => t.name === this.chosenSound)
            if (id >= 0)
                hls.audioTrack = id
            this.options.changed()
        })
        hls.on(Hls.Events.FRAG_BUFFERED, () => {
            if (this.networkTries > 0)
                this.options.trouble(false)
            this.networkTries = 0
            this.gave = true
        })
        hls.on(Hls.Events.ERROR, (_, data) => {
            if (!data.fatal || hls !== this.hls)
                return
            if (data.type === Hls.ErrorTypes.NETWORK_ERROR && this.networkTries < (this.gave || !this.options.alternative ? 6 : 1) && !this.isGone(data.response?.code)) {
                this.networkTries++
                this.options.trouble(true)
                clearTimeout(this.timer)
                this.timer = setTimeout(() => {
                    if (hls.levels.length === 0)
                        hls.loadSource(this.url)
                    else
                        hls.startLoad()
                }, 1000 * Math.min(16, 2 ** this.networkTries))
            } else if (data.type === Hls.ErrorTypes.MEDIA_ERROR && this.recoveries < 2 + (Date.now() - this.lastRecovery > 60000 ? 1 : 0)) {
                this.recoveries++
                this.lastRecovery = Date.now()
                hls.recoverMediaError()
            } else {
                this.options.failed()
            }
        })
    }

    private isGone(status: number | undefined): boolean {
        return status === 401 || status === 403 || status === 404 || status === 410
    }

    qualities(): Quality[] {
        const seen = new Set<string>()
        return this.hls.levels
            .map((level, id) => ({ id, label: this.label(level), height: level.height }))
            .sort((a, b) => b.height - a.height)
            .filter(q => q.height > 0 && !seen.has(q.label) && seen.add(q.label))
    }

    private label(level: Level): string {
        return this.options.label(level.height, level.width, Number(level.frameRate) || 0)
    }

    chosen(): number {
        return this.hls.autoLevelEnabled ? -1 : this.hls.nextLevel
    }

    sounds(): Sound[] {
        return this.hls.audioTracks.map((t, id) => ({ id, label: t.name, language: t.lang ?? '' }))
    }

    sound(): number {
        return this.hls.audioTrack
    }

    chooseSound(id: number): void {
        this.chosenSound = this.hls.audioTracks[id]?.name ?? null
        this.hls.audioTrack = id
        this.options.changed()
    }

    playing(): string | null {
        const level = this.hls.levels[this.hls.currentLevel]
        return level && level.height > 0 ? this.label(level) : null
    }

    choose(id: number): void {
        this.chosenHeight = id < 0 ? null : this.hls.levels[id]?.height ?? null
        this.hls.capLevelToPlayerSize = id < 0
        this.hls.nextLevel = id
        this.options.changed()
    }

    private rechoose(hls: Hls): void {
        if (this.chosenHeight === null)
            return
        const id = hls.levels.findIndex(l => l.height === this.chosenHeight)
        if (id >= 0) {
            hls.capLevelToPlayerSize = false
            hls.nextLevel = id
        }
    }

    /** Loads the master again beside the playing one; the media element, its MediaSource and what is
     *  buffered are handed over when it is there, so the picture goes on. */
    reload(url: string): void {
        this.url = url
        this.pending?.destroy()
        const next = this.make(this.media.currentTime)
        this.pending = next
        next.once(Hls.Events.ERROR, (_, data) => {
            if (data.fatal && this.pending === next) {
                this.pending = null
                next.destroy()
            }
        })
        next.once(Hls.Events.MANIFEST_PARSED, () => {
            if (this.pending !== next)
                return
            this.pending = null
            const sameAsBefore = next.levels.length === this.hls.levels.length
                && next.levels.every((l, i) => l.height === this.hls.levels[i]?.height && l.uri === this.hls.levels[i]?.uri)
            if (sameAsBefore) {
                next.destroy()
                return
            }
            const old = this.hls
            const estimate = old.bandwidthEstimate
            const transfer = old.transferMedia()
            this.hls = next
            this.listen(next)
            this.rechoose(next)
            if (Number.isFinite(estimate) && estimate > 0)
                next.bandwidthEstimate = estimate
            next.config.startPosition = this.media.currentTime
            if (transfer)
                next.attachMedia({ ...transfer, overrides: { duration: this.options.duration || undefined } })
            else
                this.attach(next, this.media)
            old.destroy()
            this.options.changed()
        })
        next.loadSource(url)
    }

    rungs(): number[] {
        return this.hls.levels.map(l => Math.min(l.height, l.width) || l.height)
    }

    hurry(): void {
        // without levels the master is still on its way: stopping would take that back, and nothing would follow
        if (performance.now() - this.hurried < 1500 || this.pending || this.hls.levels.length === 0)
            return
        this.hurried = performance.now()
        this.hls.stopLoad()
        this.hls.startLoad(this.media.currentTime)
    }

    bandwidth(): number {
        return this.hls.bandwidthEstimate || 0
    }

    destroy(): void {
        clearTimeout(this.timer)
        this.media.removeEventListener('play', this.wantMore)
        this.pending?.destroy()
        this.hls.destroy()
    }
}

/** hls.js treats every rung of a master as equally long. One that is still far behind the others would stall
 *  whoever is switched to it, so it is left out until it has caught up. */
function filteringLoader(usable: (rung: number) => boolean) {
    const Base = Hls.DefaultConfig.loader as unknown as new (config: HlsConfig) => Loader<PlaylistLoaderContext>
    return class extends Base {
        override load(context: PlaylistLoaderContext, config: LoaderConfiguration, callbacks: LoaderCallbacks<PlaylistLoaderContext>): void {
            if ((context.type as string) !== 'manifest') {
                super.load(context, config, callbacks)
                return
            }
            super.load(context, config, {
                ...callbacks,
                onSuccess: (response, stats, at, details) => {
                    if (typeof response.data === 'string')
                        response.data = withoutRungs(response.data, usable)
                    callbacks.onSuccess(response, stats, at, details)
                }
            })
        }
    } as unknown as NonNullable<HlsConfig['pLoader']>
}
