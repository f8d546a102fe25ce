// The settings menu: quality, speed, captions. One level of pages, worked by pointer, touch or arrow keys.

import type { strings } from '../strings'
import { element, icon } from './player'
import type { Quality, Sound } from './stream'

interface Source {
    qualities: () => Quality[]
    quality: () => number
    playingQuality: () => string | null
    setQuality: (id: number) => void
    rate: () => number
    setRate: (rate: number) => void
    sounds: () => Sound[]
    sound: () => number
    setSound: (id: number) => void
    captions: () => TextTrack[]
    setCaptions: (track: TextTrack | null) => void
}

type PageName = 'main' | 'quality' | 'speed' | 'sound' | 'captions'
interface Choice { label: string; checked: boolean; pick: () => void }

export class Settings {
    static readonly rates = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]
    readonly button: HTMLButtonElement
    readonly menu: HTMLElement
    private page: PageName = 'main'
    private readonly end = new AbortController()

    constructor(private readonly text: typeof strings.player, private readonly source: Source) {
        this.button = element('button', { type: 'button', class: 'player-button player-settings', 'aria-label': text.settings, title: text.settings,
            'aria-haspopup': 'menu', 'aria-expanded': 'false' },
            icon('M4 7h9M18.5 7H20M4 17h2.5M12 17h8M15.8 4.4a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.2M9.2 14.4a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.2'))
        this.menu = element('div', { class: 'player-menu', role: 'menu', 'aria-label': text.settings, hidden: '', noautohide: '' })
        this.button.addEventListener('click', () => this.menu.hidden ? this.open() : this.close(true))
        this.menu.addEventListener('keydown', e => this.press(e))
        document.addEventListener('pointerdown', e => {
            const path = e.composedPath()
            if (!this.menu.hidden && !path.includes(this.menu) && !path.includes(this.button))
                this.close(false)
        }, { signal: this.end.signal })
    }

    destroy(): void {
        this.end.abort()
    }

    /** Something it shows has changed. */
    refresh(): void {
        if (this.menu.hidden)
            return
        const items = this.items()
        const at = items.indexOf(document.activeElement as HTMLElement)
        this.draw()
        if (at >= 0)
            this.items()[Math.min(at, this.items().length - 1)]?.focus()
    }

    private open(): void {
        this.page = 'main'
        this.draw()
        this.menu.hidden = false
        this.button.setAttribute('aria-expanded', 'true')
        this.items()[0]?.focus({ preventScroll: true })
    }

    private close(giveFocusBack: boolean): void {
        this.menu.hidden = true
        this.button.setAttribute('aria-expanded', 'false')
        if (giveFocusBack)
            this.button.focus({ preventScroll: true })
    }

    private items(): HTMLElement[] {
        return [...this.menu.querySelectorAll<HTMLElement>('button')]
    }

    private go(page: PageName): void {
        this.page = page
        this.draw()
        const checked = this.menu.querySelector<HTMLElement>('[aria-checked=true]')
        const focus = checked ?? this.items()[0]
        focus?.focus({ preventScroll: true })
    }

    private press(e: KeyboardEvent): void {
        const items = this.items()
        const at = items.indexOf(document.activeElement as HTMLElement)
        const to = (i: number) => items[(i + items.length) % items.length]?.focus()
        switch (e.key) {
        case 'ArrowDown': to(at + 1); break
        case 'ArrowUp': to(at - 1); break
        case 'Home': to(0); break
        case 'End': to(-1); break
        case 'ArrowLeft': if (this.page !== 'main') this.go('main'); break
        case 'ArrowRight': if (this.page === 'main') (document.activeElement as HTMLElement | null)?.click(); break
        case 'Escape': if (this.page === 'main') this.close(true); else this.go('main'); break
        case 'Tab': this.close(false); return
        default: return
        }
        e.preventDefault()
        e.stopPropagation()
    }

    private draw(): void {
        const { text, source } = this
        const rate = source.rate()
        const tracks = source.captions()
        const qualities = source.qualities()
        const sounds = source.sounds()
        if (this.page === 'main') {
            const chosen = source.quality()
            const playing = source.playingQuality()
            const quality = chosen < 0 ? playing ? text.autoNow(playing) : text.auto
                : qualities.find(q => q.id === chosen)?.label ?? playing ?? ''
            this.menu.replaceChildren(
                ...qualities.length > 0 ? [this.row(text.quality, quality, 'quality')] : [],
                this.row(text.speed, rate === 1 ? text.normal : `${rate}×`, 'speed'),
                ...sounds.length > 1 ? [this.row(text.sound, sounds[source.sound()]?.label ?? '', 'sound')] : [],
                ...tracks.length > 0
                    ? [this.row(text.captions, tracks.find(t => t.mode === 'showing')?.label ?? text.off, 'captions')] : [])
        } else if (this.page === 'quality') {
            const chosen = source.quality()
            const playing = source.playingQuality()
            this.list(text.quality, [
                { label: chosen < 0 && playing ? text.autoNow(playing) : text.auto, checked: chosen < 0, pick: () => source.setQuality(-1) },
                ...qualities.map(q => ({ label: q.label, checked: q.id === chosen, pick: () => source.setQuality(q.id) }))])
        } else if (this.page === 'speed') {
            this.list(text.speed, Settings.rates.map(r =>
                ({ label: r === 1 ? text.normal : `${r}×`, checked: Math.abs(r - rate) < 0.01, pick: () => source.setRate(r) })))
        } else if (this.page === 'sound') {
            this.list(text.sound, sounds.map(t =>
                ({ label: t.label, checked: t.id === source.sound(), pick: () => source.setSound(t.id) })))
        } else {
            this.list(text.captions, [
                { label: text.off, checked: tracks.every(t => t.mode !== 'showing'), pick: () => source.setCaptions(null) },
                ...tracks.map(t => ({ label: t.label, checked: t.mode === 'showing', pick: () => source.setCaptions(t) }))])
        }
    }

    private row(label: string, value: string, page: PageName): HTMLElement {
        const row = element('button', { type: 'button', role: 'menuitem', 'aria-haspopup': 'true', tabindex: '-1', 'data-page': page },
            element('span', {}, label), element('span', { class: 'player-menu-value' }, value))
        row.addEventListener('click', () => this.go(page))
        return row
    }

    private list(title: string, choices: Choice[]): void {
        const back = element('button', { type: 'button', role: 'menuitem', class: 'player-menu-back', tabindex: '-1', 'aria-label': this.text.back },
            icon('m14.5 6-6 6 6 6'), element('span', {}, title))
        back.addEventListener('click', () => this.go('main'))
        this.menu.replaceChildren(back, ...choices.map(choice => {
            const item = element('button', { type: 'button', role: 'menuitemradio', 'aria-checked': String(choice.checked), tabindex: '-1' },
                element('span', {}, choice.label))
            item.addEventListener('click', () => {
                choice.pick()
                this.close(true)
            })
            return item
        }))
    }
}
