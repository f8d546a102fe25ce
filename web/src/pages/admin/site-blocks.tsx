import { BlockLists } from '../../components/block-lists'
import { strings as s } from '../../strings'

/** Accounts and servers that nobody here hears of, and that are refused. */
export function SiteBlocks() {
    return (
        <div class="column column-start">
            <p class="quiet">{s.admin.blocks.text}</p>
            <BlockLists base="/server" />
        </div>
    )
}
