"""Can evidence decide it? Opinions, politics, private persons, personal treatment and abuse are declined.

A small linear model over the words of the question and a few signs a person would look
for: health words, insults, "what should I take", somebody's name. `train_scope.py` makes
its weights; the lists of signs below are for people to edit (then train again).
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from hoiro.claims.scrub import PLACEHOLDERS, scrub
from hoiro.claims.urgent import Phrases, read

Why = Literal["ok", "opinion", "politics", "private_person", "personal_medical", "non_health", "abuse"]
CLASSES: tuple[Why, ...] = get_args(Why)
Features = tuple[NDArray[np.int64], NDArray[np.float32], dict[str, int], bool]
# A checkable question turned away is worse than an opinion that reaches the desk.
OK_FROM = 0.45
_SURELY_NOT = 0.2
WEIGHTS = Path(__file__).with_name("scope_weights.npz")


@dataclass(frozen=True)
class Scope:
    """Whether the desk takes a question, and if not, why not."""

    ok: bool
    why: Why


def scope(text: str) -> Scope:
    """A question, scrubbed or not. Text without any word is let through: nothing will match it."""
    found = features(text)
    if found is None:
        return Scope(True, "ok")
    why = decide(found, _chances(found))
    return Scope(why == "ok", why)


def decide(found: Features, chances: NDArray[np.float32]) -> Why:
    """The verdict on a question, given the model's chance of every class."""
    taken = float(chances[0])
    if taken < OK_FROM:
        for number in np.argsort(-chances[1:]) + 1:
            why = CLASSES[int(number)]
            if chances[number] > taken and _has_reason(why, found, taken):
                return why
    return "ok"


# --- signs -----------------------------------------------------------------------

# A phrase matches with its tone marks or without any; "!" at the end: only as it is written; "^": only at the
# beginning of a sentence; "…": up to four words between.
SIGNS = {
    "illness": """
        bệnh, ung thư, khối hạch, virus, vi rút, vi khuẩn, vi trùng, dịch, dịch bệnh, covid, cô vít,
        corona, f0, cúm, sởi, dại!, lao!, hiv, sida, si đa, viêm, nhiễm, nhiễm trùng, nhiễm khuẩn, lây,
        lây nhiễm, ngộ độc, độc, dị ứng, dị tật, sảy thai, vô sinh, hiếm muộn, đột quỵ, tai biến, tim
        mạch, huyết áp, tiểu đường, đái tháo đường, đường huyết, mỡ máu, cholesterol, gan, thận, phổi,
        dạ dày, đại tràng, ruột, xương, khớp, gút, gout, axit uric, loãng xương, hen!, suyễn, ho!, sốt,
        cảm, cảm lạnh, sổ mũi, viêm họng, viêm xoang, tiêu chảy, táo bón, trĩ, mụn, nám, chàm, vảy nến,
        ghẻ, nấm, giun, sán, thủy đậu, quai bị, tay chân miệng, sốt xuất huyết, sốt rét, bạch hầu, uốn
        ván, bại liệt, viêm gan, viêm phổi, lang ben, zona, giời leo, phong!, cùi!, thiếu máu, thiếu
        canxi, còi xương, suy dinh dưỡng, béo phì, thừa cân, giảm cân, tự kỷ, trầm cảm, mất ngủ, đau
        đầu, đau lưng, đau bụng, đau bụng kinh, chóng mặt, co giật, động kinh, bỏng, phỏng, rắn cắn,
        hóc, vàng da, rụng tóc, gàu, cận, cận thị, mù!, đau mắt, mỏi mắt, sâu răng, hôi nách, sẹo, dậy
        thì, dậy thì sớm, mang thai, có thai, bà bầu, thai, thai nhi, sau sinh, sinh mổ, đẻ mổ, đẻ
        thường, sinh thường, mất sữa, ốm nghén, kinh nguyệt, băng huyết, lú lẫn, teo não, mất trí nhớ,
        trí nhớ, suy thận, sỏi thận, sỏi, tàn nhang, say rượu, nghiện, cancer, tumor, tumour, disease,
        infection, infertility, infertile, infected, fever, flu, cold, colds, cough, measles, rabies,
        tetanus, hepatitis, aids, tb, tuberculosis, diabetes, blood pressure, blood sugar, heart,
        stroke, asthma, allergy, autism, depression, obesity, arthritis, kidney, liver, lungs, brain,
        bone, bones, joints, acne, eczema, headache, headaches, migraine, dementia, alzheimer's, memory
        loss, miscarriage, pregnant, pregnancy, baby, babies, poison, poisoning, poisonous, toxic,
        toxins, detox, immune, immunity, contagious, catch, infect, coronavirus, dengue, malaria, mpox,
        diarrhea, diarrhoea, constipation, ulcer, ulcers, reflux, seizure, burns, snakebite, jaundice,
        eyesight, insomnia, weight, weight loss, puberty, menopause, sperm, addictive, addiction, bị
        dại, chó dại, bệnh dại, phòng dại, bệnh lao, ho lao, bị lao, bị ho, ho có đờm, sxh, tđ, cao
        huyết áp, mất nước, thải độc, phóng xạ, nhiễm xạ, dậy sớm, chậm nói, mồ hôi trộm, mất trí, liệt
        mặt, liệt, méo miệng, méo mồm, tăng động, chậm phát triển, phát triển, đề kháng, bầu, mẹ bầu,
        bé, trẻ, trẻ em, trẻ sơ sinh, sơ sinh, trẻ nhỏ, em bé, chết ngạt, tóc, da, mắt, răng, móng, tay
        chân, kinh, máu, xuất huyết, ngực, họng, lưỡi, mũi, tai, bụng, vòng một, tinh trùng, yếu sinh
        lý, quan hệ, tình dục, triệt sản, gen, dna, mrna, antibody, symptoms, dehydration, teeth, skin,
        eyes, eye, hair, blood, throat, tumors, tumours, thyroid, cavities, knuckles, bites, bite,
        stings, germs, bacteria, parasites, worms, lice, dying, die, death, deaths, sick, illness, pain,
        sleep, concussion, radioactive, carcinogenic, alcoholism, anemia, iq, vết thương, vết cắn, vết
        bỏng, đứt lìa, fang, burn, burned, scald, thrush, blister, venom, bleed, bleeding, seizures, gãy
        xương, u bướu, bướu, ung bướu, thuốc giả, thực phẩm giả
    """,
    "care": """
        thuốc, thuốc nam, thuốc bắc, thuốc tây, kháng sinh, vắc xin, vaccine, vacxin, tiêm, tiêm phòng,
        tiêm chủng, chích, chích ngừa, uống, bôi, đắp, xông, ngâm chân, súc miệng, nhỏ mắt, châm cứu,
        giác hơi, cạo gió, bấm huyệt, mổ!, phẫu thuật, xét nghiệm, chụp, siêu âm, x quang, hóa trị, xạ
        trị, insulin, paracetamol, aspirin, ibuprofen, ivermectin, vitamin, canxi, kẽm, sắt!, omega,
        collagen, men!, thực phẩm chức năng, detox, thải độc, thanh lọc, giải độc, y tế, bác sĩ, bệnh
        viện, đông y, tây y, bảo hiểm y tế, khẩu trang, oresol, kính!, bao cao su, tránh thai, phá thai,
        hiến máu, nhóm máu, kháng thể, miễn dịch, đề kháng, sức khỏe, sức khoẻ, tuổi thọ, sống thọ, sống
        lâu, tác dụng phụ, cấm!, khuyến cáo, vaccines, vaccinated, vaccination, shot, shots, medicine,
        medication, pill, pills, drug, drugs, antibiotic, antibiotics, antidepressants, statins, chemo,
        herbal, herbs, supplement, supplements, zinc, calcium, iron, mask, masks, surgery, cure, cures,
        cured, treat, treats, treatment, prevent, prevents, heal, heals, remedy, therapy, health,
        healthy, healthier, unhealthy, doctor, hospital, side effects, birth control, breastfeeding,
        breast milk, formula, blood type, sunscreen, fluoride, radiation, boosters, booster, who!, vx,
        ks, test nhanh, que test, xét nghiệm nhanh, tiêm ngừa, mũi tiêm, mũi nhắc, toa thuốc, tắm, tắm
        lá, gội đầu, rửa tay, xà phòng, nằm than, ngâm, chườm, hà hơi, ép tim, garo, sơ cứu, cấp cứu, đi
        viện, bệnh nhân, điều dưỡng, y tá, điều trị, chữa bệnh, trị bệnh, bộ y tế, bhyt, khám bệnh, mũ
        bảo hiểm, tai nạn, chấn thương, thuốc muỗi, phun muỗi, chống nắng, kem đánh răng, nhuộm tóc,
        xăm, niềng răng, phơi nắng, ngủ, thức khuya, tập thể dục, đi bộ, đi chân đất, gym, yoga, thiền,
        điều hòa, quạt, màn, nano bạc, baking soda, jab, jabs, test, tests, sanitizer, soap, hand
        washing, handwashing, exercise, helmet, rehydration, ors, oral rehydration, tourniquet, steam,
        microchip, donate blood, air purifiers, hand dryers, remedies, cpr, first aid, ambulance, x-ray,
        x rays, ultrasound
    """,
    "food": """
        tỏi, gừng, nghệ, chanh, mật ong!, sả!, tía tô, lá!, lá ổi, lá vối, rau!, rau má, rau ngót, rau
        muống, củ!, quả!, trái!, hạt!, nấm, nước dừa, nước chanh, nước mía, nước muối!, muối!, đường!,
        giấm, dấm, sữa, sữa đậu nành, sữa chua, trà!, trà đá, trà sữa, cà phê, rượu, bia, thuốc lá!,
        thuốc lào, mì!, mì tôm!, mì gói, mì chính, bột ngọt, cơm!, gạo!, thịt, thịt bò, thịt gà, thịt
        chó!, cá!, tôm!, cua!, ốc!, hải sản, trứng, tiết canh, gỏi, đậu!, đậu phụ, mỡ!, dầu!, dầu ăn!,
        lò vi sóng!, sầu riêng, mít, nhãn!, dứa, thơm!, xoài!, đu đủ, mãng cầu, chuối, dưa!, cà chua,
        cần tây, rau cần, khoai!, yến!, tổ yến!, nhân sâm!, sâm!, linh chi, đông trùng, tam thất, mật
        gấu, cao hổ, ngải cứu, trinh nữ hoàng cung, diếp cá!, nha đam, hoa cúc, atiso, giảo cổ lam, an
        cung, ăn chay, nhịn ăn!, ăn!, bú!, sóng!, 5g, wifi, muỗi, mèo!, chó!, ong!, rắn!, gián!, garlic,
        ginger, turmeric, honey, lemon, salt, sugar, vinegar, milk, coffee, tea, alcohol, beer, wine,
        egg, eggs, meat, fish, shrimp, rice, noodles, soy, vegetables, fruit, pineapple, papaya, durian,
        banana, bananas, onion, onions, cinnamon, water, oil, coconut, eat, eating, drink, drinking,
        diet, vegan, vegans, vegetarian, fasting, organic, smoking, vaping, mosquito, mosquitoes, cat,
        cats, dog, dogs, bats, microwave, tattoo, nước lá, nước ép, nước lạnh, nước ấm, nước nóng, nước
        đá, uống nước, nước giếng, nước kiềm, mật cá, rau sống, ăn rau, ăn mặn, ăn ngọt, ăn tỏi, ăn tối,
        ăn nhiều, ăn kiêng, an nhieu, thịt lợn, thịt heo, heo, lợn, bánh, kẹo, măng, bưởi, cam, quýt,
        ổi, cá biển, cá nóc, cóc, bánh tráng, nước hầm xương, hạt chia, hạt điều, đồ nướng, đồ hộp, đồ
        ngọt, nước ngọt, nước mắm, hành, hành tây, rau mùi, bồ kết, ngải, lá lốt, chuột, dơi, gà, vịt,
        sóng điện thoại, ánh sáng xanh, xem điện thoại, nướng, phèn chua, kem, son, fluoride, seaweed,
        spinach, broccoli, carrots, tomatoes, celery, nuts, peanut, chocolate, cheese, butter, apple
        cider, papaya leaf, soursop, ginseng, herb, salt water, ramen, aspartame, msg, sweetener, tofu,
        gạo giả, gạo nhựa, lá cây, lá thuốc, thảo dược, cây thuốc, nấu chín, leaves, healer, tap water,
        sweets, gaming kids, thực phẩm
    """,
    "effect": """
        gây, gây ra, gây hại, làm làm giảm, giúp, trị, chữa, chữa khỏi, khỏi bệnh, khỏi hẳn, hết bệnh,
        phòng ngừa, ngừa, ngăn, diệt, tiêu diệt, giảm, tăng cường, bổ máu, bổ gan, giải rượu, mát gan,
        có hại, hại, có lợi, tốt cho, có tốt, có độc, nguy hiểm, an toàn, tác dụng, hiệu quả, công dụng,
        lây qua, có lây, di truyền, biến chứng, nguy cơ, chết người, có được không, được không, sao
        không, có sao, kiêng, kỵ, mau khỏi, mau lành, cause, causes, linked to, lead to, raise, raises,
        lower, lowers, reduce, reduces, increase, damage, damages, harm, harmful, boost, boosts, kill,
        kills, safe, dangerous, spread, spreads, good for, bad for, ruin, affect, worse, better for, hạ
        huyết áp, hạ sốt, hạ đường, làm tan, tan sỏi, bị gì không, có bị, phòng bệnh, phòng được, có
        phòng, có làm, làm hại, có gây, gây bệnh, chết không, bổ não, bổ thận, có hết, có khỏi, có chết,
        có chữa, có trị, có giúp, chữa được, trị được, làm cho, mau hết, nguyên nhân, do thiếu, thiếu,
        risk of, help with, does it work, stop spreading, stop a
    """,
    "asks": """
        đúng không, đúng ko, có đúng, có thật, thật không, phải không, có phải, nghe nói, nghe bảo, nghe
        đồn, người ta nói, có bằng chứng, bằng chứng, khoa học, số liệu, tin này, tin đồn, đúng hay sai,
        thật hay giả, có căn cứ, tin được không, chia sẻ, is it true, true or false, evidence, proof,
        research, study, studies, is it, myth, rumor, rumour, says, say, said, ^does, ^do, ^can, ^is,
        ^are, ^did, ^will, has, nghiên cứu, thiệt không, thiệt ko, thiệt hả, thiệt hong, đúng k, đúng
        hk, dk mn, đk mn, phải k, thật k, thật ko, that k, dung k, dung ko, phai ko, that ko, ko mn,
        không vậy, không ạ, không bác sĩ, thế nào, hả mn, xạo
    """,
    "opinion": """
        nghĩ sao, thấy sao, nghĩ gì, ý kiến, quan điểm, theo ad, theo bạn, theo mọi người, đồng ý không,
        ad thấy, đáng không, có đáng, xứng đáng, nên không, vui hơn, ngon hơn, ngon nhất, đẹp hơn, xấu
        hơn, sướng hơn, giỏi hơn, sang hơn, dễ thương, đáng tin hơn, đáng trọng, cổ hủ, lạc hậu, ích kỷ,
        vô đạo đức, vô ý thức, ăn bám, cao thượng, kiêu, quá lên, nhìn có, nhìn xấu, có xấu, hợp tuổi,
        tha thứ, chồng ngoại tình, đi chơi, lấy chồng, lấy vợ, bỏ nghề, nghỉ việc, sinh con thứ, hàng
        nào, màu gì, xuất khẩu lao động, có vui, có minh nói đúng, đồng ý, do you think, what do you
        think, your opinion, in your opinion, your view, do you agree, don't you agree, selfish,
        annoying, rude, wrong to, immoral, morally, ashamed, prettier, pretty, ugly, arrogant, gross,
        deserve, would you rather, unfair, boring, favorite, favourite, beautiful, sexy, có kỳ không, kỳ
        không ta, có lố, có hư không, là ác, có nhục, bị ế, thích vị, thích hơn, dịch vụ cho sang, có
        sang, cho sang, tại lười, là lười, the best, worth paying, is it worth, just stupid, sound
        weird, should people, ad nghĩ, ad nghi sao, nghi sao, thay sao, thấy thế nào, nên hay không nên,
        có nên bỏ, có nên lấy, có nên nghỉ, có nên tha, có nên nghe, có nên sinh, có nên đẻ, nên sinh
        con, nên lấy chồng, có bền không, ai cũng than, không tự tin, bạn nghĩ, mọi người nghĩ, mn nghĩ,
        cả nhà nghĩ, cả nhà thấy, mn thấy, mọi người thấy, who makes, is it right to, is it ok to judge,
        should feel, trường quốc tế, học trường, có nên cho con học, có nên mua, có nên đặt tên, con thứ
        3, con thu 3, buồn cười không, đáng thương hơn, sung sướng, chill hơn, bad parents, vanity,
        proud of, awful, is it fair, do you like, just accept, người yếu đuối, khó tính không, giả tạo,
        thiếu suy nghĩ, kiểu nhật hay, ghê nhất, là việc của
    """,
    "politics": """
        đảng!, đảng phái, bầu cử, bỏ phiếu, phiếu bầu, cử tri, ứng viên, tổng thống, chủ tịch nước, chủ
        tịch tỉnh, chủ tịch, bộ trưởng, thủ tướng, quốc hội, chính quyền, chính trị, lãnh đạo, lật đổ,
        biểu tình, tham nhũng, hối lộ, ăn hối lộ, quan chức, bí thư, phe!, phe nào, chiến tranh, xâm
        lược, xung đột, cách mạng, cộng hòa, dân chủ!, đa đảng!, nga!, ukraine, israel, palestine, đài
        loan, trung đông, hoàng sa, trường sa, thu hồi đất, đất đai, luật nghĩa vụ quân sự, từ chức,
        nhiệm kỳ, thống trị, âm mưu, công an, ủy ban nhân dân, việt á, kit test, nước nào, đánh kinh tế,
        ghế!, tranh cử, bôi nhọ, đàn áp, party, election, elections, vote, voted, prime minister,
        minister, politician, politicians, parliament, democrats, republicans, communism, capitalism,
        corrupt, overthrown, overthrow, regime, invade, immigrants, deported, protest, ruling, mayor,
        congress, punished, taiwan, russia, politics, đảng nào, dang nao, đảng cầm quyền, dang cam
        quyen, một đảng, phe phái, chế độ này, chế độ cũ, chế độ mới, chính phủ, nhà nước, nha nuoc,
        government, the war, start the war, president, plot by, tập cận bình, putin, trump, biden, bầu
        ai, bỏ phiếu cho, phiếu cho, lo cho dân, lợi cho dân, có lợi cho ai, tranh giành, tình báo, gián
        điệp, to win the election, nghị quyết, luật đất, luật mới, luật thuế, the new law, luật này, ăn
        hết, chia chác, khống chế, điều khiển who, thống trị thế giới, về chính trị, làm tổng, thân
        trung, thân mỹ, phản động, việt tân, cờ vàng, nam bắc, quốc gia nào đúng, bá chủ, tự do không,
        sáp nhập, đảo chính, dao chinh, thân ai, theo mỹ hay
    """,
    "neighbour": """
        hàng xóm, đầu ngõ, cuối hẻm, đầu hẻm, trong hẻm, cuối xóm, xóm tôi, xóm trên, xóm em, xóm mình,
        ở xóm, gần nhà, cạnh nhà, kế bên, đầu chợ, trong xóm, lớp em, lớp con, lớp tôi, trường em, công
        ty em, công ty mình, cơ quan em, đồng nghiệp, tổ trưởng, trưởng thôn, chung cư em, xã em, trạm
        xá, phòng mạch, phòng khám, bán cá, bán thịt, bán rau, bán xôi, bán bún, bán vé số, bán bánh,
        bán cơm, tạp hóa, xe ôm, bảo vệ, kế toán, giữ trẻ, làm nail, con nhà, nhà bà, nhà ông, nhà số,
        con dâu bà, con bà, con ông, vợ anh, vợ ông, chồng chị, chồng bà, sếp em, giám đốc, người yêu
        cũ, bạn trai tôi, bạn cùng lớp, mà giấu!, giấu!, xác minh, xác minh hộ, xác minh giùm, kiểm tra
        giùm, kiểm tra xem, đồn!, nghe đâu, có bằng, làm chết người, my neighbor, my neighbour, my boss,
        my coworker, my colleague, my teacher, my roommate, my landlord, my classmate, our landlord, my
        ex, my office, our building, next door, my cousin, my sister in law, my boyfriend's, boyfriend,
        village chief, the lady at, the new guy, our local, near us, near me, people say so, check if,
        check whether, find out if, verify if, confirm, boyfriend a, husband's secretary, the man in, my
        mother-in-law really, from our church, at our school, our school, giúp việc, quán phở, chủ quán,
        lò vôi, rửa xe, bạn học con, người tên, tra giúp, xác nhận giúp, chồng cũ, vợ cũ, cô giáo lớp,
        is lying, vợ thầy, con anh, con chị
    """,
    "body": """
        em bị, tôi bị, mình bị, con em, con tôi, bé nhà em, mẹ em, mẹ tôi, ba em, bố em, vợ em, chồng
        em, của em, của tôi, của con em, em đang, tôi đang, em hay, em có, tôi có, kết quả, chỉ số, xét
        nghiệm, siêu âm, phim, nốt ruồi, que 1 vạch, trễ kinh, bác sĩ ơi, bác sĩ kê, bác sĩ cho em, mấy
        hôm nay, ngày nay, tuần nay, tháng nay, đang uống, đang điều trị, i have, i've been, i've had,
        my test, my results, my blood, my mri, my period, my dad, my mom, my son, my daughter, my baby,
        my back, my tooth, my arm, my breast, my mole, my skin, my symptoms, i missed, i feel, i can't,
        do i, am i, should i, my, con em bị, con tôi bị, bé nhà em bị, bé nhà mình, bé 2 tuổi, da em, da
        đầu em, răng em, mắt em, chân em, tay em, ngực em, đầu em, bụng em, lưng em, tóc em, kinh em,
        người em, em lại bị, e bị, e bi, em vừa, tôi mới đo, em mới, cháu bị, mẹ em bị, bố em bị, ba em
        bị, vợ em bị, chồng em bị, em 2
    """,
    "treat-me": """
        uống thuốc gì, uống gì, thuốc gì, thuốc nào, bôi gì, bôi thuốc gì, bôi kem gì, dùng kem gì, dùng
        thuốc gì, dùng nên mổ, nên bỏ, nên đổi, nên ngưng, có nên mổ, có nên ngừng, có nên ngưng, phải
        làm sao, làm sao ạ, làm thế nào ạ, là bệnh gì, bệnh gì, là bị bệnh gì, có sao không bác sĩ, đơn
        thuốc, toa thuốc, kê giúp, phác đồ, điều trị sao, chữa thế nào, chữa sao, tăng liều, giảm liều,
        ngưng thuốc, ngừng thuốc, bao nhiêu ml, có phải cắt, có phải mổ, có phải ung thư không, có phải
        tôi bị, có phải em bị, tôi có bị, em có bị, là em bị, lành hay ác, hết ạ, hết a, nhanh hết, tôi
        nên, em nên, bồi bổ, bổ sung gì, có thai không, khả năng mang thai, suốt đời không, an toàn với
        em, hợp với em, what should i stop, should i double, do i have, am i pregnant, is it cancer, is
        this, what is this, what's wrong with me, prescribe, diagnose, diagnose me, tell me if i have,
        tell from my symptoms, which antibiotic, what dose, what treatment, need surgery, need medicine,
        what should i do, is it melanoma, is it tb, can i mix, surgery or, bypass or, em nên uống, em
        nên dùng, em phải uống, em phải làm, tôi phải, tôi nên uống, nên cho uống, uống thuốc … gì, uống
        thuốc … nào, uống … gì thì, uống … nào được, uống … gì cho, cho uống … nào, cho uống … gì, cho
        con uống gì, cho bé uống gì, bôi … nào, dùng … nào tốt, dùng thuốc nào, nên bổ sung … gì, bổ
        sung … gì, nên ăn uống … ra sao, thuốc thang ra sao, uống siro nào, hay u ác, là lao hay, hay
        ung thư, của em có sao, kết quả … có sao, em có sao không, có khả năng mang thai, con tôi … có
        phải bị, con em … có phải bị, em bị … có phải, tôi bị … có phải, em … có phải ung thư, em … có
        phải bị, tôi … có phải bị, bị thoát vị, xem giúp em đơn, cho em xin toa, xin toa, mua thuốc gì,
        bệnh gì vậy, bệnh gì ạ, bị bệnh gì, bị gì ạ, bị gì vậy, khám ở đâu, khám khoa nào, có cần mổ, có
        nên phẫu thuật, mổ hay, liều bao nhiêu cho, kê đơn, tư vấn giúp em, bác sĩ tư vấn, tư vấn thuốc,
        chữa ở đâu, nên chọn … hay, điều trị thế nào ạ, em bị … điều trị, lump in my, rash on my, in my
        breast, on my arm, my … cancer, should my dad, should my mom, should my mother, should my son,
        should my wife, should my husband, for my … what, best for my, is it serious, which medicine,
        can you tell, my symptoms, should i get surgery, do i have to, không bác sĩ, không bs, bác sĩ
        xem, bs xem, xem giúp, rồi không bác sĩ, safe for me, with my kidney, how many units, what
        drops, should i use, look broken, upsets my, need a transfusion, should i give, what should i
        give, how much should i give, should i have the, switch from, my doctor suggested, causing my,
        nên tiêm hay, đặt thuốc, nên đốt, nên rơ, thì đổi thuốc, mua kháng sinh gì, là bị làm sao, bị
        làm sao, có phải uống thuốc, kháng sinh loại nào, kem nào, sữa rửa mặt nào, rửa mặt nào, u ác
        tính không, của em ác tính, có phải ác tính không, em thiếu chất gì, do i need medicine, do i
        need surgery, do i need a transfusion
    """,
    "abuse": """
        đồ thằng ngu như, óc chó, óc bò, thằng óc, đồ chó, chó má, con đĩ!, đĩ!, địt!, đụ!, đm, dm, dcm,
        đcm, đ.m, vcl, vãi!, cặc!, lồn!, khốn nạn, vô học, súc sinh, mẹ mày!, mẹ chúng mày!, chúng mày!,
        tụi bây, bọn mày!, bọn bây, bon bay, mày!, tao!, cút!, câm mồm, im đi, chết đi, chết hết đi,
        chết mẹ, chết cụ, đập vỡ, đến tận nhà, xiên chết, đuổi hết, cấm hết, bắn bỏ, thiêu hết, nhốt,
        tống cổ, mọi rợ, bẩn thỉu, dơ dáy, hôi hám, trộm cắp, bê đê, đồ già, đồ lợn, bán nước, rác rưởi,
        tin rác, chật đất, fuck, fucking, shit, bitch, bastard, asshole, idiot, idiots, moron, morons,
        retard, retards, scum, liars, shut up, go die, drop dead, go to hell, deserve to die, kill you,
        burn your, filthy, disgusting, terrorists, kick them out, ban them, ban them all, lock them up,
        kill all, be shot, ngu ngu vãi, ngu quá, ngu thế, do ngu, dumb idiots, you idiots, filthy
        animals, stupid cows, tao giết, tao giet, tao biết nhà, tao biet, tao đốt, tao den, may la, may
        noi, mày nói, me may, bon may, tui bay, chung may, lu me may, cho may, du ma, clgt, con dĩ, toàn
        lũ, toàn là lũ, toàn trộm cắp, toàn lừa đảo, bọn lừa đảo, lũ lừa đảo, bay lừa đảo, toàn mang
        bệnh, đuổi đi, đuổi hết đi, cấm cửa, nên bắn, nên nhốt, chết sớm, cho sạch đất, đồ khốn, con mụ,
        thằng cha, are dirty, are animals, are terrorists, paid liars, dumb idiot, ngu như bò, lười như,
        luoi nhu, ngu dốt, lũ dốt, tin rác rưởi, web rác, muslims are, gays are, women are, black people
        are, bọn … chết, bọn … đuổi, bọn … cấm, bọn … cho sạch, bọn … bệnh hoạn, bọn … toàn, lũ … toàn,
        lũ … chết, lũ ngu, lũ chó, lũ khốn, bọn khốn, bọn chó, bọn ngu, lũ bê đê, bọn bê đê, bọn đạo,
        bọn khuyết tật, bọn nghiện, mấy thằng nghiện, bọn di cư, lũ nhập cư, bọn ngoại quốc, mấy thằng …
        bắn, đồ rác, đồ ăn hại, ăn hại, giết cả nhà, giết chết mày, nên giết, giết sạch, giết hết, bon …
        duoi, bon … chet, dân tộc thiểu số toàn, lũ mọi, mẹ kiếp, thằng ngu học, mẹ mồm, kill yourself,
        get rid of them, get cancer and die, are vermin, burden, hope you all, im mẹ, im me mom, dồ
        khùng, đồ khùng, lũ điên, garbage site, screw you
    """,
    "elsewhere": """
        giá vàng, giá xăng, điện thoại nào, laptop, máy tính, wifi quên, mật khẩu, hack, mưa!, nắng
        không, xổ số, đá banh, bóng đá, bài văn, bài toán, làm thơ, dịch giùm, mã giảm tử vi, cung!,
        tuổi tuất, tuổi mão, xem bói, xem hướng, mơ thấy, lãi suất, ngân hàng, đổi tiền, bitcoin, chứng
        khoán, vé máy bay, hộ chiếu, thủ tục, giấy tờ, bằng lái, đăng ký, kết hôn, sang tên, lịch!, cúp
        điện, tổng đài, điểm chuẩn, đại học, biên chế, phim gì, rạp!, mua nhà, lừa đảo, phạt nguội,
        trúng thưởng, động đất, trái đất, ma!, người ngoài hành tinh, tận thế, iphone, samsung, xe máy,
        nhớt, tivi, ô tô, đặt tên, lễ hội, cầu thủ, ghi bàn, hát!, công thức, cách nấu, cách làm,
        trồng!, bón phân, gà chọi, cá koi, sạc!, pin!, chào!, hello, alo, cảm ơn, ok!, hi, nghỉ mấy
        ngày, du lịch!, blue screen, poem, world cup, tire, math, homework, flight, ghosts, joke,
        recipe, gmail, hacked, password, windows, lyrics, movie, football, hi there, thanks, who won,
        how do i fix, how to change, gia vang, gia xang, giá bao nhiêu, bao nhiêu tiền, hỏi giá, nick
        zalo, zalo bị hack, acc facebook, có mưa, mua khong, lam tho, hat cho nghe, con meo, capital of,
        stock price, moon landing, electric cars, ruin the battery, chao ad, alo co ai, trời mưa, mua
        xe, mua máy, sửa máy, cài lại, win 10, tuổi tý, làm ăn, lam an duoc, hợp phong thủy, xem giúp
        quẻ, viết hộ, viet ho, viet giup, giá hôm nay, mua vàng, vàng lúc này, vàng hôm nay, weather in,
        weather tomorrow, the weather like, thời tiết hôm nay, thời tiết ngày mai, thời tiết cuối tuần,
        thời tiết ở, stocks, stock market, what time is it, translate this, translate hello, bạn là ai,
        ban la ai, đi sapa, mua ở đâu rẻ, xem quẻ, bằng lái xe, ra số mấy, mấy giờ đá, sửa win, đặt vé,
        thuê nhà, nhà trọ, tuyển dụng, việc làm, lương bao nhiêu, học phí, thi đại học, điểm thi, gấp
        bao nhiêu tiền, trending, ca sĩ, diễn viên, concert, game, mật mã, tài khoản, số dư, chuyển
        tiền, vay tiền, mượn tiền, đổi bằng, cccd gắn chip, nộp phạt, bắt cóc, tăng giá, giá điện, kiếm
        tiền, nổi tiếng, quán ăn, áo dài, ai viết, ai phát minh, phát minh ra, name my, who are you,
        ufos, stains, places to visit, scam, good morning, puppy, magnets work, write an email, who
        wrote
    """,
}
_CAP = 4
_LONG_STORY = 9


@cache
def _signs() -> Phrases:
    return Phrases(
        (phrase, name, name) for name, listed in SIGNS.items() for phrase in map(str.strip, listed.split(",")) if phrase
    )


# --- from words to numbers -------------------------------------------------------

BUCKETS = 4096
_NAME_MARK = PLACEHOLDERS["name"]
_WORDS_READ = 400
_NUMBER = re.compile(r"[0-9]")


def features(text: str) -> Features | None:
    """A question as hashed word groups (their buckets), hand-made numbers, signs counted, and
    whether somebody is named; None without a word."""
    words = read(text)[:_WORDS_READ]
    if not any(word.plain[:1].isalpha() for word in words):
        return None
    plain = ["#" if _NUMBER.search(word.plain) else word.plain for word in words]
    grams = set(plain) | {f"{a} {b}" for a, b in pairwise(plain)}
    grams |= {f"{a} _ {b}" for a, b in zip(plain, plain[2:], strict=False)}
    grams |= {f"^{' '.join(plain[:2])}", f"{' '.join(plain[-2:])}$"}
    buckets = np.fromiter((zlib.crc32(gram.encode()) % BUCKETS for gram in grams), np.int64)
    counts = dict.fromkeys(SIGNS, 0)
    for hit in _signs().find(words):
        counts[hit.group] += 1
    named = _NAME_MARK in text or "name" in scrub(text[:1000]).removed
    return np.unique(buckets), np.array(list(_hand(counts, plain, named)), np.float32), counts, named


def _hand(counts: dict[str, int], plain: list[str], named: bool) -> Iterable[float]:
    size = len(plain)
    health = counts["illness"] + counts["care"] + counts["food"]
    for count in counts.values():
        yield min(count, _CAP) / _CAP
        yield float(count > 0)
    yield float(health == 0)
    yield float(health == 0 and size <= 3)
    yield float(named)
    yield float(named and counts["illness"] > 0)
    yield float(counts["body"] > 0 and counts["treat-me"] > 0)
    yield float(counts["body"] > 0 and counts["asks"] > 0)
    yield float(counts["treat-me"] > 0 and counts["asks"] == 0)
    yield float(counts["effect"] > 0 and counts["asks"] > 0 and health > 0)
    yield float(counts["illness"] > 0 and counts["food"] > 0)
    yield float(size > 40)
    yield 1.0


def _has_reason(why: Why, found: Features, chance: float) -> bool:
    """Words alone turn nothing away: a question is declined only for a sign a person can point at."""
    _, _, counts, named = found
    health = counts["illness"] + counts["care"] + counts["food"]
    # Forwards and long stories mention everything on the way to what they claim.
    if health >= _LONG_STORY:
        return why == "abuse" and counts["abuse"] > 2
    if why == "non_health":
        return health == 0 or (counts["elsewhere"] > 0 and (health < 2 or chance < _SURELY_NOT))
    if why == "private_person":
        return named or counts["neighbour"] > 0
    if why == "personal_medical":
        return counts["treat-me"] > 0 or counts["body"] > 0
    return counts[why] > 0


@cache
def _weights() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    held: Any = np.load(WEIGHTS)
    return held["words"].astype(np.float32) * held["scale"], held["hand"].astype(np.float32)


def _chances(found: Features) -> NDArray[np.float32]:
    buckets, hand, _, _ = found
    words, by_hand = _weights()
    scores = words[buckets].sum(axis=0) / np.sqrt(len(buckets)) + hand @ by_hand
    raised = np.exp(scores - scores.max())
    chances: NDArray[np.float32] = raised / raised.sum()
    return chances
